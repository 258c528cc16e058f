import { useState } from "react";
import {
  Button as AriaButton,
  Menu,
  MenuItem,
  MenuTrigger,
  Popover,
  Text,
} from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Icon, type IconName } from "../ui/Icon";
import { useNotices } from "../ui/Notices";
import { AsideDialog } from "./AsideDialog";
import type { BoardSession } from "./boardSession";
import { ClearDialog } from "./ClearDialog";
import { PolicyDialog } from "./PolicyDialog";
import type { BoardClient } from "./ports";
import { useBoard } from "./useBoard";
import { useShown } from "./useShown";

type Opens = "policy" | "aside" | "clear";
type Act = Opens | "present" | "bring" | "putAside";

interface Item {
  id: Act;
  icon: IconName;
  text: string;
  /** What it does, where the name alone does not tell. */
  help?: string;
  isOff?: boolean;
}

interface TeacherMenuProps {
  client: BoardClient;
  session: BoardSession;
}

/** What teachers show of a board, decide about it, and do to what is on it. */
export function TeacherMenu({ client, session }: TeacherMenuProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<Opens | null>(null);
  const items = useItems(client, session);
  const act = useActs(client, session, setOpen);
  const close = () => setOpen(null);
  return (
    <>
      <MenuTrigger>
        <AriaButton className="button button--plain button--small" aria-label={t("board.teacher")}>
          <Icon name="staff" size={16} />
          <span>{t("board.teacher")}</span>
        </AriaButton>
        <Popover placement="bottom end">
          <Menu
            className="menu"
            disabledKeys={items.filter(({ isOff }) => isOff).map(({ id }) => id)}
            onAction={(key) => act(key as Act)}
          >
            {items.map(({ id, icon, text, help }) => (
              <MenuItem
                key={id}
                id={id}
                textValue={text}
                className={id === "clear" ? "menu__item menu__item--danger" : "menu__item"}
              >
                <Icon name={icon} />
                {help === undefined ? (
                  text
                ) : (
                  <span className="menu__words">
                    <Text slot="label">{text}</Text>
                    <Text slot="description" className="menu__help">
                      {help}
                    </Text>
                  </span>
                )}
              </MenuItem>
            ))}
          </Menu>
        </Popover>
      </MenuTrigger>
      {open === "policy" && <PolicyDialog client={client} onClose={close} />}
      {open === "aside" && <AsideDialog client={client} onClose={close} />}
      {open === "clear" && <ClearDialog client={client} onClose={close} />}
    </>
  );
}

function useItems(client: BoardClient, session: BoardSession): Item[] {
  const { t } = useTranslation();
  const isPresenting = useShown(session, (shown) => shown.isPresenting) ?? false;
  const toPutAside = useToPutAside(client, session);
  const count = useBoard(client, (state) => state.hidden.size);
  const isEmpty = useBoard(client, (state) => state.elements.size === 0);
  return [
    isPresenting
      ? { id: "present", icon: "eyeOff", text: t("board.presentEnd") }
      : {
          id: "present",
          icon: "eye",
          text: t("board.present"),
          help: t("board.presentText"),
        },
    { id: "bring", icon: "gather", text: t("board.bring"), help: t("board.bringText") },
    { id: "policy", icon: "edit", text: t("board.policy.open") },
    {
      id: "putAside",
      icon: "eyeOff",
      text: t("board.aside.put"),
      isOff: toPutAside.length === 0,
    },
    { id: "aside", icon: "eye", text: t("board.aside.list", { count }), isOff: count === 0 },
    { id: "clear", icon: "trash", text: t("board.clear.open"), isOff: isEmpty },
  ];
}

function useActs(
  client: BoardClient,
  session: BoardSession,
  open: (dialog: Opens) => void,
): (act: Act) => void {
  const { attempt } = useNotices();
  const toPutAside = useToPutAside(client, session);
  const isPresenting = useShown(session, (shown) => shown.isPresenting) ?? false;
  return (act) => {
    switch (act) {
      case "present":
        session.present(!isPresenting);
        if (!isPresenting) {
          void openForAll(client);
        }
        break;
      case "bring":
        void attempt(() => client.callTo(session.rect()));
        break;
      case "putAside":
        void attempt(() => client.setHidden(toPutAside, true));
        break;
      default:
        open(act);
    }
  };
}

/** Who has not the board open would not know that there is something to follow. */
async function openForAll(client: BoardClient): Promise<void> {
  try {
    await client.callTo(null);
  } catch {
    // They were called to something a moment ago, or the line is away: the view is shown to those who are here.
  }
}

/** What is chosen on the board, without what pupils do not see anyway. */
function useToPutAside(client: BoardClient, session: BoardSession): string[] {
  const selected = useShown(session, (shown) => shown.selected) ?? [];
  const hidden = useBoard(client, (state) => state.hidden);
  return selected.filter((id) => !hidden.has(id));
}
