import { Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
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

/** The way out. A teacher who is not alone says whether the others go on: pupils would, by themselves. */
export function LeaveButton({ room, view }: LeaveButtonProps) {
  const { t } = useTranslation();
  const call = useCallClient();
  const attempt = useCallAttempt();
  const moderates = useTwinSpace((state) => callRefusal(state, room, "moderate_call") === null);
  const leave = () => void attempt(() => call.leave());
  if (!moderates || view === null || view.participants.length < 2) {
    return <BarButton icon="hangUp" look="leave" label={t("call.bar.leave")} onPress={leave} />;
  }
  return (
    <MenuTrigger>
      <BarButton
        icon="hangUp"
        look="leave"
        label={t("call.bar.leave")}
        hint={t("call.bar.leaveHint")}
      />
      <Popover placement="top end">
        <Menu
          className="menu"
          aria-label={t("call.bar.leave")}
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
    </MenuTrigger>
  );
}
