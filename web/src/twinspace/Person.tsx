import { useState } from "react";
import { Button, Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { MemberView } from "../protocol/generated";
import { callIn } from "../state/callSelectors";
import { classOf, isStaff, myself, presentNow } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { Avatar } from "../ui/Avatar";
import { Confirm } from "../ui/Dialog";
import { Icon, type IconName } from "../ui/Icon";
import { useNotices } from "../ui/Notices";
import { useConnection } from "./connectionContext";
import { InvitationDialog } from "./InvitationDialog";
import { actionsFor, type PersonAction } from "./personActions";

const ICONS: Record<PersonAction, IconName> = {
  stopWriting: "mute",
  allowWriting: "speak",
  keepOut: "lock",
  letIn: "door",
  letIntoCall: "camera",
  invite: "link",
  remove: "trash",
};

/** One person of the list: who, here or not, and for teachers what can be done. */
export function Person({ member, room }: { member: MemberView; room: string | null }) {
  const { t } = useTranslation();
  const name = useTwinSpace((state) => state.names[member.id] ?? null) ?? t("common.somebody");
  const own = useTwinSpace((state) => classOf(state, member.id));
  const rooms = useTwinSpace((state) => presentNow(state)[member.id] ?? null);
  const isMe = useTwinSpace((state) => state.me === member.id);
  const presence = presenceOf(rooms, room);
  const marks = [
    ...(isMe ? [t("people.you")] : []),
    ...(isStaff(member.role) ? [t("roles.teacher")] : []),
    ...(member.role === "visitor" ? [t("roles.visitor")] : []),
    ...(presence === "elsewhere" ? [t("people.elsewhere")] : []),
    ...(member.role === "visitor" || member.capabilities.includes("post")
      ? []
      : [t("people.writingOff")]),
    ...(room !== null && member.room_bans.includes(room) ? [t("people.keptOut")] : []),
  ];
  return (
    <div className="person" data-presence={presence}>
      <span className="person__avatar">
        <Avatar
          name={name}
          classNumber={own?.number ?? null}
          country={own?.schoolClass.country ?? null}
          isHere={presence !== "away"}
        />
        <span className="person__presence" />
        <span className="visually-hidden">{t(`people.${presence}`)}</span>
      </span>
      <div className="person__words">
        <span className="person__name" dir="auto">
          {name}
        </span>
        {marks.length > 0 && <span className="person__marks">{marks.join(" · ")}</span>}
      </div>
      <PersonMenu member={member} room={room} name={name} />
    </div>
  );
}

function presenceOf(
  rooms: readonly string[] | null,
  room: string | null,
): "here" | "elsewhere" | "away" {
  if (rooms === null) {
    return "away";
  }
  return rooms.length === 0 || room === null || rooms.includes(room) ? "here" : "elsewhere";
}

interface PersonMenuProps {
  member: MemberView;
  room: string | null;
  name: string;
}

function PersonMenu({ member, room, name }: PersonMenuProps) {
  const { t } = useTranslation();
  const connection = useConnection();
  const { attempt } = useNotices();
  const actions = useTwinSpace((state) => {
    const call = room === null ? null : callIn(state, room);
    const isInCall = call?.participants.some((participant) => participant.member === member.id);
    return actionsFor(myself(state), member, room, isInCall === false);
  });
  const [dialog, setDialog] = useState<"remove" | "invite" | null>(null);
  if (actions.length === 0) {
    return null;
  }

  function run(action: PersonAction): void {
    const id = member.id;
    switch (action) {
      case "stopWriting":
      case "allowWriting": {
        const allowed = action === "allowWriting";
        const change = { member: id, capability: "post", allowed } as const;
        void attempt(() => connection.change("member.set_capability", change));
        break;
      }
      case "keepOut":
      case "letIn":
        if (room !== null) {
          const change = { member: id, room, banned: action === "keepOut" };
          void attempt(() => connection.change("member.set_room_ban", change));
        }
        break;
      case "letIntoCall":
        void attempt(() => connection.call.moderation.remove(id, false));
        break;
      default:
        setDialog(action);
    }
  }

  return (
    <>
      <MenuTrigger>
        <Button
          className="button button--icon button--small"
          aria-label={t("people.actions", { name })}
        >
          <Icon name="more" />
        </Button>
        <Popover placement="bottom end">
          <Menu className="menu" onAction={(key) => run(key as PersonAction)}>
            {actions.map((action) => (
              <MenuItem
                key={action}
                id={action}
                textValue={t(`people.${action}`)}
                className={`menu__item${action === "remove" ? " menu__item--danger" : ""}`}
              >
                <Icon name={ICONS[action]} />
                {t(`people.${action}`)}
              </MenuItem>
            ))}
          </Menu>
        </Popover>
      </MenuTrigger>
      {dialog === "remove" && (
        <Confirm
          title={t("people.removeTitle", { name })}
          text={t("people.removeText")}
          confirm={t("people.removeButton")}
          onConfirm={() =>
            void attempt(() => connection.change("member.remove", { member: member.id }))
          }
          onClose={() => setDialog(null)}
        />
      )}
      {dialog === "invite" && (
        <InvitationDialog member={member.id} name={name} onClose={() => setDialog(null)} />
      )}
    </>
  );
}
