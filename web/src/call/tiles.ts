/** Which pictures there are and where each comes from: one's own camera, a peer of the mesh, or a slot. Pure. */

import type { CallView } from "../protocol/generated";
import type { Tile } from "../state/call";
import type { Picture, SlotTable } from "./slots";

/** A stream to show under somebody's name. Two pictures with the same `key` are the same stream. */
export interface PictureSource {
  readonly participant: string;
  readonly medium: Picture;
  readonly via: Tile["via"];
  readonly key: string;
  readonly track: MediaStreamTrack;
  /** Frames up to this RTP timestamp are another's. */
  readonly after: number | null;
  readonly receiver: RTCRtpReceiver | null;
}

export interface Pictures {
  me: string;
  view: CallView | null;
  own: Readonly<Record<Picture, MediaStreamTrack | null>>;
  peers: readonly { participant: string; receivers: Record<Picture, RTCRtpReceiver | null> }[];
  slots: SlotTable;
  receiverOf(mid: string): RTCRtpReceiver | null;
}

const PICTURES: readonly Picture[] = ["video", "screen"];

export function tileKey(participant: string, medium: Picture): string {
  return `${participant}/${medium}`;
}

/**
 * One source for each participant and medium. While a call moves from mesh to sfu a participant has two: the peer's goes
 * on until it is closed, so that nobody's picture is interrupted before the other one surely runs.
 */
export function sourcesOf(pictures: Pictures): Map<string, PictureSource> {
  const sources = new Map<string, PictureSource>();
  const add = (source: PictureSource): void => {
    const key = tileKey(source.participant, source.medium);
    if (!sources.has(key)) {
      sources.set(key, source);
    }
  };
  for (const medium of PICTURES) {
    const track = pictures.own[medium];
    if (track !== null) {
      const participant = pictures.me;
      const key = `own/${track.id}`;
      add({ participant, medium, via: "own", key, track, after: null, receiver: null });
    }
  }
  for (const { participant, receivers } of pictures.peers) {
    for (const medium of PICTURES) {
      const receiver = receivers[medium];
      if (receiver !== null && isSent(pictures.view, participant, medium)) {
        const { track } = receiver;
        const key = `peer/${participant}/${track.id}`;
        add({ participant, medium, via: "peer", key, track, after: null, receiver });
      }
    }
  }
  for (const { mid, participant, medium, after, revision } of pictures.slots) {
    const receiver = pictures.receiverOf(mid);
    if (receiver !== null) {
      const { track } = receiver;
      const key = `slot/${mid}/${revision}/${track.id}`;
      add({ participant, medium, via: "slot", key, track, after, receiver });
    }
  }
  return sources;
}

function isSent(view: CallView | null, id: string, medium: Picture): boolean {
  const participant = view?.participants.find((other) => other.id === id);
  const track = participant?.tracks.find((other) => other.medium === medium);
  return track !== undefined && !track.muted && !track.stopped;
}
