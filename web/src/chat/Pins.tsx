import { useState } from "react";
import { Button as AriaButton, Dialog, DialogTrigger, Popover } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Message } from "../protocol/generated";
import { Icon } from "../ui/Icon";
import { useChatActions } from "./chatActions";
import { PinList } from "./PinList";
import { PinWords } from "./PinWords";

export interface PinsProps {
  room: string;
  pins: readonly Message[];
  newest: Message;
}

/** The newest pinned message, which a press shows in its place, and the list of all. */
export default function Pins({ room, pins, newest }: PinsProps) {
  const { t } = useTranslation();
  const actions = useChatActions();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="pin" onClick={() => actions.jump(newest.id)}>
        <Icon name="pin" size={16} />
        <span className="visually-hidden">{t("chat.pinned")}</span>
        <PinWords message={newest} />
      </button>
      <DialogTrigger isOpen={isOpen} onOpenChange={setOpen}>
        <AriaButton className="pin-count">
          <span className="pin-count__words">{t("chat.allPins", { count: pins.length })}</span>
          <span className="pin-count__number" aria-hidden="true">
            {pins.length}
          </span>
        </AriaButton>
        <Popover placement="bottom end" className="pin-list">
          <Dialog className="pin-list__page" aria-label={t("chat.pinsTitle")}>
            <PinList
              room={room}
              pins={pins}
              onGo={(message) => {
                setOpen(false);
                actions.jump(message);
              }}
            />
          </Dialog>
        </Popover>
      </DialogTrigger>
    </>
  );
}
