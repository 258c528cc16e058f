import { useState } from "react";
import {
  Button as AriaButton,
  Dialog,
  DialogTrigger,
  Menu,
  MenuItem,
  MenuTrigger,
  Popover,
} from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Reaction } from "../connection/chatClient";
import type { Message } from "../protocol/generated";
import { useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { Icon, type IconName } from "../ui/Icon";
import { useNotices } from "../ui/Notices";
import { useChatActions } from "./chatActions";
import { EmojiGrid } from "./EmojiGrid";
import { withNames } from "./mentions";
import type { MessageRights } from "./messageRights";
import { ALL_REACTIONS, QUICK_REACTIONS, reactionName } from "./reactions";

export interface MessageToolsProps {
  room: string;
  message: Message;
  may: MessageRights;
  isTabStop: boolean;
  /** Those of another message are in sight, which the pointer or the focus came to later. */
  isPast: boolean;
  /** Something of these tools is open above the page: they have to stay. */
  onHold(isHeld: boolean): void;
}

/** What one can do with a message. There for one message at a time: where the pointer or the focus is. */
export default function MessageTools(props: MessageToolsProps) {
  const { room, message, may, isTabStop, onHold } = props;
  const { t } = useTranslation();
  const actions = useChatActions();
  return (
    <span className="tools" data-past={props.isPast || undefined}>
      {may.react && (
        <ReactionButtons room={room} message={message} isTabStop={isTabStop} onHold={onHold} />
      )}
      {may.reply && (
        <ToolButton
          icon="reply"
          label={t("chat.reply")}
          isTabStop={isTabStop}
          onClick={() => actions.reply(message)}
        />
      )}
      {may.edit && (
        <ToolButton
          icon="edit"
          label={t("chat.edit")}
          isTabStop={isTabStop}
          onClick={() => actions.edit(message.id)}
        />
      )}
      {may.remove && (
        <ToolButton
          icon="trash"
          label={t("chat.delete")}
          isTabStop={isTabStop}
          onClick={() => actions.remove(message)}
        />
      )}
      <MoreMenu room={room} message={message} may={may} isTabStop={isTabStop} onHold={onHold} />
    </span>
  );
}

interface ToolButtonProps {
  icon: IconName;
  label: string;
  isTabStop: boolean;
  onClick(): void;
}

function ToolButton({ icon, label, isTabStop, onClick }: ToolButtonProps) {
  return (
    <button
      type="button"
      className="tool"
      aria-label={label}
      title={label}
      tabIndex={isTabStop ? 0 : -1}
      onClick={(event) => {
        // The button goes away with what it does; the message stays, so the focus is better there.
        event.currentTarget.closest("article")?.focus();
        onClick();
      }}
    >
      <Icon name={icon} size={18} />
    </button>
  );
}

interface ReactionButtonsProps {
  room: string;
  message: Message;
  isTabStop: boolean;
  onHold(isHeld: boolean): void;
}

function ReactionButtons({ room, message, isTabStop, onHold }: ReactionButtonsProps) {
  const { t } = useTranslation();
  const connection = useConnection();
  const { attempt } = useNotices();
  const me = useTwinSpace((state) => state.me ?? "");
  const [isOpen, setOpen] = useState(false);
  const isMine = (reaction: string) =>
    message.reactions?.some((each) => each.reaction === reaction && each.members.includes(me)) ===
    true;

  function hold(isHeld: boolean): void {
    setOpen(isHeld);
    onHold(isHeld);
  }

  function toggle(reaction: Reaction): void {
    void attempt(() => connection.chat.react(room, message.id, reaction, !isMine(reaction)));
  }

  return (
    <span className="tools__reactions">
      {QUICK_REACTIONS.map((reaction) => (
        <button
          key={reaction}
          type="button"
          className="tool tool--emoji"
          aria-label={reactionName(t, reaction)}
          title={reactionName(t, reaction)}
          aria-pressed={isMine(reaction)}
          tabIndex={isTabStop ? 0 : -1}
          onClick={() => toggle(reaction)}
        >
          {reaction}
        </button>
      ))}
      <DialogTrigger isOpen={isOpen} onOpenChange={hold}>
        <AriaButton
          className="tool"
          aria-label={t("reactions.more")}
          excludeFromTabOrder={!isTabStop}
        >
          <Icon name="smile" size={18} />
        </AriaButton>
        <Popover placement="top" className="emoji-popover">
          <Dialog aria-label={t("reactions.title")} className="emoji-popover__page">
            <EmojiGrid
              label={t("reactions.title")}
              emoji={ALL_REACTIONS}
              nameOf={(reaction) => reactionName(t, reaction)}
              isPressed={isMine}
              hasFocus
              onChoose={(reaction) => {
                toggle(reaction);
                hold(false);
              }}
            />
          </Dialog>
        </Popover>
      </DialogTrigger>
    </span>
  );
}

interface MoreMenuProps {
  room: string;
  message: Message;
  may: MessageRights;
  isTabStop: boolean;
  onHold(isHeld: boolean): void;
}

type MoreAction = "copy" | "pin" | "language";

/** What is wanted now and then. */
function MoreMenu({ room, message, may, isTabStop, onHold }: MoreMenuProps) {
  const { t } = useTranslation();
  const connection = useConnection();
  const actions = useChatActions();
  const { attempt } = useNotices();
  const names = useTwinSpace((state) => state.names);
  const isPinned = message.pinned === true;
  const items: { id: MoreAction; icon: IconName; label: string }[] = [];
  if (message.text !== "") {
    items.push({ id: "copy", icon: "copy", label: t("chat.copyText") });
  }
  if (may.pin) {
    items.push({ id: "pin", icon: "pin", label: t(isPinned ? "chat.unpin" : "chat.pin") });
  }
  if (may.setLanguage) {
    items.push({ id: "language", icon: "globe", label: t("chat.wrongLanguage") });
  }

  function run(action: MoreAction): void {
    switch (action) {
      case "copy":
        void navigator.clipboard?.writeText(withNames(message.text, names));
        break;
      case "pin":
        void attempt(() => connection.chat.pin(room, message.id, !isPinned));
        break;
      case "language":
        actions.chooseLanguage(message);
    }
  }

  if (items.length === 0) {
    return null;
  }
  return (
    <MenuTrigger onOpenChange={onHold}>
      <AriaButton className="tool" aria-label={t("chat.more")} excludeFromTabOrder={!isTabStop}>
        <Icon name="more" size={18} />
      </AriaButton>
      <Popover placement="bottom end">
        <Menu className="menu" onAction={(key) => run(key as MoreAction)}>
          {items.map(({ id, icon, label }) => (
            <MenuItem key={id} id={id} textValue={label} className="menu__item">
              <Icon name={icon} />
              {label}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
