import "./call.css";
import "./tile.css";
import "./bar.css";
import "./lobby.css";
import type { RoomView } from "../protocol/generated";
import { isInCall } from "../state/callSelectors";
import { useTwinSpace } from "../state/store";
import { CallStage } from "./CallStage";
import { Lobby } from "./Lobby";

interface CallPartProps {
  room: RoomView;
  isLobbyOpen: boolean;
  onLobbyClose(): void;
}

/** Everything of a call that is not needed for a chat: loaded when somebody wants it. */
export default function CallPart({ room, isLobbyOpen, onLobbyClose }: CallPartProps) {
  const isIn = useTwinSpace((state) => isInCall(state, room.id));
  if (isIn) {
    return <CallStage room={room} />;
  }
  return isLobbyOpen ? <Lobby room={room} onClose={onLobbyClose} /> : null;
}
