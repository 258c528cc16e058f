import { useState } from "react";
import { Button as AriaButton, Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { RoomView } from "../protocol/generated";
import { Icon, type IconName } from "../ui/Icon";
import { useNotices } from "../ui/Notices";
import { AsideDialog } from "./AsideDialog";
import type { BoardSession } from "./boardSession";
import { ClearDialog } from "./ClearDialog";
import { PolicyDialog } from "./PolicyDialog";
import type { BoardClient } from "./ports";
import { useBoard } from "./useBoard";
import { useShown } from "./useShown";

type Act = "policy" | "putAside" | "aside" | "clear";

interface TeacherMenuProps {
  client: BoardClient;
  room: RoomView;
  session: BoardSession;
}

/** What teachers decide about a board, and do to what is on it. */
export function TeacherMenu({ client, session }: TeacherMenuProps) {
  const { t } = useTranslation();
  const { attempt } = useNotices();
  const [open, setOpen] = useState<Exclude<Act, "putAside"> | null>(null);
  const selected = useShown(session, (shown) => shown.selected) ?? [];
  const hidden = useBoard(client, (state) => state.hidden);
  const isEmpty = useBoard(client, (state) => state.elements.size === 0);
  const toPutAside = selected.filter((id) => !hidden.has(id));

  const items: { id: Act; icon: IconName; text: string; isOff?: boolean }[] = [
    { id: "policy", icon: "edit", text: t("board.policy.open") },
    {
      id: "putAside",
      icon: "eyeOff",
      text: t("board.aside.put"),
      isOff: toPutAside.length === 0,
    },
    {
      id: "aside",
      icon: "eye",
      text: t("board.aside.list", { count: hidden.size }),
      isOff: hidden.size === 0,
    },
    { id: "clear", icon: "trash", text: t("board.clear.open"), isOff: isEmpty },
  ];

  function act(action: Act): void {
    if (action === "putAside") {
      void attempt(() => client.setHidden(toPutAside, true));
    } else {
      setOpen(action);
    }
  }

  const close = () => setOpen(null);
  return (
    <>
      <MenuTrigger>
        <AriaButton
          className="button button--plain button--small board-toggle"
          aria-label={t("board.teacher")}
        >
          <Icon name="staff" size={16} />
          <span>{t("board.teacher")}</span>
        </AriaButton>
        <Popover placement="bottom end">
          <Menu
            className="menu"
            disabledKeys={items.filter(({ isOff }) => isOff).map(({ id }) => id)}
            onAction={(key) => act(key as Act)}
          >
            {items.map(({ id, icon, text }) => (
              <MenuItem
                key={id}
                id={id}
                textValue={text}
                className={id === "clear" ? "menu__item menu__item--danger" : "menu__item"}
              >
                <Icon name={icon} />
                {text}
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
