import { useRef, useState } from "react";
import { Menu, MenuItem, Popover } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { CallView } from "../protocol/generated";
import { callRefusal } from "../state/callSelectors";
import { useTwinSpace } from "../state/store";
import { Icon } from "../ui/Icon";
import { BarButton } from "./BarButton";
import { useCallClient } from "./callContext";
import { useCallAttempt } from "./useCallAttempt";

interface LeaveButtonProps {
  room: string;
  view: CallView | null;
}

/**
 * The way out. A teacher who is not alone says whether the others go on: pupils would, by themselves. One button for
 * both, whoever comes and goes meanwhile: it may have the focus, or its menu.
 */
export function LeaveButton({ room, view }: LeaveButtonProps) {
  const { t } = useTranslation();
  const call = useCallClient();
  const attempt = useCallAttempt();
  const moderates = useTwinSpace((state) => callRefusal(state, room, "moderate_call") === null);
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  const isChoice = moderates && view !== null && view.participants.length > 1;
  const leave = () => void attempt(() => call.leave());
  return (
    <>
      <BarButton
        ref={button}
        icon="hangUp"
        look="leave"
        label={t("call.bar.leave")}
        {...(isChoice && {
          hint: t("call.bar.leaveHint"),
          "aria-haspopup": "menu",
          "aria-expanded": isOpen,
        })}
        onPress={() => (isChoice ? setOpen(true) : leave())}
      />
      <Popover
        trigger="MenuTrigger"
        placement="top end"
        aria-label={t("call.bar.leave")}
        triggerRef={button}
        isOpen={isOpen}
        onOpenChange={setOpen}
      >
        <Menu
          className="menu"
          aria-label={t("call.bar.leave")}
          autoFocus="first"
          onClose={() => setOpen(false)}
          onAction={(key) =>
            key === "end" ? void attempt(() => call.moderation.endForAll()) : leave()
          }
        >
          <MenuItem id="leave" textValue={t("call.bar.leaveAlone")} className="menu__item">
            <Icon name="leave" />
            {t("call.bar.leaveAlone")}
          </MenuItem>
          <MenuItem
            id="end"
            textValue={t("call.bar.endForAll")}
            className="menu__item menu__item--danger"
          >
            <Icon name="hangUp" />
            {t("call.bar.endForAll")}
          </MenuItem>
        </Menu>
      </Popover>
    </>
  );
}
