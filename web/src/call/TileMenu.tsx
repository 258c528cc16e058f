import { useState } from "react";
import { Button, Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Medium, Participant } from "../protocol/generated";
import { callRefusal, handPlace } from "../state/callSelectors";
import { isStaff } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { Confirm } from "../ui/Dialog";
import { Icon, type IconName } from "../ui/Icon";
import { useNotices } from "../ui/Notices";
import { useCallClient } from "./callContext";
import { type TileAction, tileActions } from "./tileActions";
import type { CallPerson } from "./usePerson";

const ICONS: Record<TileAction, IconName> = {
  enlarge: "large",
  shrink: "small",
  "stop-audio": "microphoneOff",
  "allow-audio": "microphone",
  "ask-audio": "microphone",
  "stop-video": "cameraOff",
  "allow-video": "camera",
  "ask-video": "camera",
  "stop-screen": "screen",
  "allow-screen": "screen",
  "lower-hand": "hand",
  remove: "leave",
};

interface TileMenuProps {
  participant: Participant;
  person: CallPerson;
  room: string;
}

/** What one can do with somebody's tile: make it large; teachers also switch things off, ask, and remove. */
export function TileMenu({ participant, person, room }: TileMenuProps) {
  const { t } = useTranslation();
  const call = useCallClient();
  const { attempt } = useNotices();
  const [isRemoving, setRemoving] = useState(false);
  const { id, member, kind } = participant;
  const { name, role } = person;
  const isTeacher = isStaff(role);
  const actions = useTwinSpace((state) =>
    tileActions({
      participant,
      role,
      isMe: state.call.mine.me === id,
      isLarge: state.call.mine.watching === id,
      hasHandUp: handPlace(state, room, id) !== null,
      moderates: callRefusal(state, room, "moderate_call") === null,
    }),
  );
  if (actions.length === 0) {
    return null;
  }

  function stop(medium: Medium): Promise<void> {
    return isTeacher
      ? call.moderation.mute(id, medium)
      : call.moderation.hold(member, medium, true);
  }

  const run: Record<TileAction, () => Promise<void>> = {
    enlarge: () => call.watch(id),
    shrink: () => call.watch(null),
    "stop-audio": () => stop("audio"),
    "allow-audio": () => call.moderation.hold(member, "audio", false),
    "ask-audio": () => call.moderation.ask(id, "audio"),
    "stop-video": () => stop("video"),
    "allow-video": () => call.moderation.hold(member, "video", false),
    "ask-video": () => call.moderation.ask(id, "video"),
    "stop-screen": () => stop("screen"),
    "allow-screen": () => call.moderation.hold(member, "screen", false),
    "lower-hand": () => call.moderation.lowerHand(id),
    remove: async () => setRemoving(true),
  };

  const words: Record<TileAction, string> = {
    enlarge: t("call.tile.enlarge"),
    shrink: t("call.tile.shrink"),
    "stop-audio": t("call.tile.stopAudio"),
    "allow-audio": t("call.tile.allowAudio"),
    "ask-audio": t("call.tile.askAudio"),
    "stop-video": t("call.tile.stopVideo"),
    "allow-video": t("call.tile.allowVideo"),
    "ask-video": t("call.tile.askVideo"),
    "stop-screen": t("call.tile.stopScreen"),
    "allow-screen": t("call.tile.allowScreen"),
    "lower-hand": t("call.tile.lowerHand"),
    remove: t("call.tile.remove"),
  };

  return (
    <>
      <MenuTrigger>
        <Button
          className="tile__menu"
          aria-label={
            kind === "class-camera"
              ? t("call.tile.actionsCamera", { name })
              : t("people.actions", { name })
          }
        >
          <Icon name="more" />
        </Button>
        <Popover placement="bottom end">
          <Menu className="menu" onAction={(key) => void attempt(() => run[key as TileAction]())}>
            {actions.map((action) => (
              <MenuItem
                key={action}
                id={action}
                textValue={words[action]}
                className={`menu__item${action === "remove" ? " menu__item--danger" : ""}`}
              >
                <Icon name={ICONS[action]} />
                {words[action]}
              </MenuItem>
            ))}
          </Menu>
        </Popover>
      </MenuTrigger>
      {isRemoving && (
        <Confirm
          title={t("call.tile.removeTitle", { name })}
          text={t("call.tile.removeText")}
          confirm={t("call.tile.remove")}
          onConfirm={() => void attempt(() => call.moderation.remove(member, true))}
          onClose={() => setRemoving(false)}
        />
      )}
    </>
  );
}
