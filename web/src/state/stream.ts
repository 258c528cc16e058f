/**
 * Following a stream: its log is dense, its delivery is not.
 *
 * An event that was seen already is ignored; one beyond the next means that something was missed: the stream is then
 * `behind`, takes nothing more, and whoever holds the connection joins it again with `position` to read the log.
 */

import type { Event, Position } from "../protocol/generated";

export interface Followed {
  position: Position;
  behind: boolean;
}

export function applyInOrder<State extends Followed>(
  state: State,
  event: Event,
  apply: (state: State, event: Event) => State,
): State {
  const next = state.position.seq + 1;
  if (event.seq < next) {
    return state;
  }
  if (event.seq > next) {
    return state.behind ? state : { ...state, behind: true };
  }
  return { ...apply(state, event), position: { ...state.position, seq: event.seq } };
}
