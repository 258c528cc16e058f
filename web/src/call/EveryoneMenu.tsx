import { Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { CallView, Medium } from "../protocol/generated";
import { Icon, type IconName } from "../ui/Icon";
import { useNotices } from "../ui/Notices";
import { BarButton } from "./BarButton";
import { useCallClient } from "./callContext";

const MEDIA: readonly Medium[] = ["audio", "video", "screen"];

const ICONS: Record<Medium, { off: IconName; on: IconName }> = {
  audio: { off: "microphoneOff", on: "microphone" },
  video: { off: "cameraOff", on: "camera" },
  screen: { off: "screen", on: "screen" },
};

/** What a teacher does to all pupils at once. It holds for those who come later too. */
export function EveryoneMenu({ view }: { view: CallView }) {
  const { t } = useTranslation();
  const call = useCallClient();
  const { attempt } = useNotices();
  const words: Record<Medium, { hold: string; allow: string }> = {
    audio: { hold: t("call.everyone.stopAudio"), allow: t("call.everyone.allowAudio") },
    video: { hold: t("call.everyone.stopVideo"), allow: t("call.everyone.allowVideo") },
    screen: { hold: t("call.everyone.stopScreen"), allow: t("call.everyone.allowScreen") },
  };
  const isHeld = (medium: Medium) => view.pupils_held.includes(medium);
  return (
    <MenuTrigger>
      <BarButton
        icon="people"
        label={t("call.bar.everyone")}
        hint={t("call.bar.everyoneHint")}
        look={view.pupils_held.length > 0 ? "active" : "plain"}
      />
      <Popover placement="top">
        <Menu
          className="menu"
          onAction={(key) =>
            void attempt(() => call.moderation.holdPupils(key as Medium, !isHeld(key as Medium)))
          }
        >
          {MEDIA.map((medium) => {
            const text = isHeld(medium) ? words[medium].allow : words[medium].hold;
            return (
              <MenuItem key={medium} id={medium} textValue={text} className="menu__item">
                <Icon name={isHeld(medium) ? ICONS[medium].on : ICONS[medium].off} />
                {text}
              </MenuItem>
            );
          })}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
