import {
  Button as AriaButton,
  Menu,
  MenuItem,
  MenuTrigger,
  Popover,
  Text,
} from "react-aria-components";
import { useTranslation } from "react-i18next";
import { failureText } from "../../locales/i18n";
import { Icon, type IconName } from "../../ui/Icon";
import type { BoardClient } from "../ports";
import { useBoard } from "../useBoard";

export type MenuAction =
  | "list"
  | "replay"
  | "export"
  | "picture"
  | "document"
  | "templates"
  | "import";

interface Item {
  id: MenuAction;
  icon: IconName;
  text: string;
  /** What is to be said besides: why it is not possible. */
  hint?: string;
}

interface MenuItemsProps {
  client: BoardClient;
  mayDraw: boolean;
  mayModerate: boolean;
  onAction(action: MenuAction): void;
}

/** The button of the menu, and its entries: only what this person may do. */
export function MenuItems({ client, mayDraw, mayModerate, onAction }: MenuItemsProps) {
  const { t } = useTranslation();
  const exportDenied = useBoard(client, ({ rights }) => rights.export ?? null);
  const items: Item[] = [
    { id: "list", icon: "menu", text: t("boardMenu.list.title") },
    { id: "replay", icon: "play", text: t("boardMenu.replay.title") },
    {
      id: "export",
      icon: "arrowDown",
      text: t("boardMenu.export.title"),
      ...(exportDenied !== null && {
        hint: failureText(t, exportDenied, t("boardMenu.export.denied")),
      }),
    },
  ];
  if (mayDraw) {
    items.push({ id: "picture", icon: "picture", text: t("boardMenu.pictures.insert") });
  }
  if (mayDraw && mayModerate) {
    items.push(
      { id: "document", icon: "copy", text: t("boardMenu.pictures.document") },
      { id: "templates", icon: "large", text: t("boardMenu.templates.title") },
      { id: "import", icon: "folder", text: t("boardMenu.import.title") },
    );
  }
  return (
    <MenuTrigger>
      <AriaButton
        className="button button--plain button--small board-toggle"
        aria-label={t("boardMenu.open")}
        data-testid="board-menu"
      >
        <Icon name="more" size={16} />
        <span>{t("boardMenu.open")}</span>
      </AriaButton>
      <Popover placement="bottom end">
        <Menu className="menu board-menu" onAction={(key) => onAction(key as MenuAction)}>
          {items.map(({ id, icon, text, hint }) => (
            <MenuItem key={id} id={id} textValue={text} className="menu__item">
              <Icon name={icon} />
              <span className="board-menu__words">
                <Text slot="label">{text}</Text>
                {hint !== undefined && (
                  <Text slot="description" className="field__hint">
                    {hint}
                  </Text>
                )}
              </span>
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
