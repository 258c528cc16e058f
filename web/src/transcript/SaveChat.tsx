import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { RoomView } from "../protocol/generated";
import { IconButton } from "../ui/Button";
import { SaveChatDialog } from "./SaveChatDialog";

/** For whom the server lets: a button that opens the ways to save the chat of a room. */
export default function SaveChat({ room }: { room: RoomView }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <IconButton
        small
        icon="download"
        label={t("transcript.open")}
        onPress={() => setOpen(true)}
      />
      {isOpen && <SaveChatDialog room={room} onClose={() => setOpen(false)} />}
    </>
  );
}
