import { createContext, useContext } from "react";
import type { Message } from "../protocol/generated";

/** What one can do with a message, and somebody else has to see to. The same functions as long as the room is open. */
export interface ChatActions {
  reply(message: Message): void;
  edit(message: number): void;
  endEdit(): void;
  remove(message: Message): void;
  chooseLanguage(message: Message): void;
  /** Show a message, wherever it is. */
  jump(message: number): void;
}

export const ChatActionsContext = createContext<ChatActions | null>(null);

export function useChatActions(): ChatActions {
  const actions = useContext(ChatActionsContext);
  if (actions === null) {
    throw new Error("useChatActions outside of a room");
  }
  return actions;
}
