/** The session that sends: microphone, camera in simulcast layers, screen. Nothing in it is ever renegotiated. */

import type { Medium } from "../protocol/generated";
import { preferCodecs } from "./codecs";
import {
  AUDIO_BITRATE,
  cameraEncodings,
  SCREEN_BITRATE,
  SCREEN_FRAMES_PER_SECOND,
} from "./encodings";
import type { LocalTracks } from "./localTracks";
import type { CallBrowser } from "./ports";
import { MEDIA, SECTION_KINDS } from "./sections";

/** A camera that does not say its size: layers are for one that has all. */
const LINES_UNKNOWN = 720;

export class Publisher {
  readonly #tracks: LocalTracks;
  readonly #senders: Record<Medium, RTCRtpSender>;
  readonly #stop: () => void;

  /** Adds the sections to a new connection, with the tracks there are. */
  constructor(peer: RTCPeerConnection, tracks: LocalTracks, codecs: CallBrowser["codecs"]) {
    const add = (medium: Medium): RTCRtpSender => {
      const kind = SECTION_KINDS[medium];
      const section = peer.addTransceiver(kind, {
        direction: "sendonly",
        sendEncodings: encodingsOf(medium, tracks.get(medium)),
      });
      preferCodecs(section, kind, codecs(kind));
      return section.sender;
    };
    this.#tracks = tracks;
    this.#senders = { audio: add("audio"), video: add("video"), screen: add("screen") };
    this.#stop = tracks.onChange((medium) => void this.#send(medium));
    for (const medium of MEDIA) {
      void this.#send(medium);
    }
  }

  close(): void {
    this.#stop();
  }

  async #send(medium: Medium): Promise<void> {
    const sender = this.#senders[medium];
    const track = this.#tracks.get(medium);
    try {
      await sender.replaceTrack(track);
      if (medium === "video" && track !== null) {
        await adapt(sender, cameraEncodings(linesOf(track)));
      }
    } catch {
      // The connection was closed meanwhile: the next one sends the tracks there are then.
    }
  }
}

function encodingsOf(medium: Medium, track: MediaStreamTrack | null): RTCRtpEncodingParameters[] {
  switch (medium) {
    case "audio":
      return [{ maxBitrate: AUDIO_BITRATE, networkPriority: "high" }];
    case "video":
      return cameraEncodings(track === null ? LINES_UNKNOWN : linesOf(track));
    case "screen":
      return [{ maxBitrate: SCREEN_BITRATE, maxFramerate: SCREEN_FRAMES_PER_SECOND }];
  }
}

/** A telephone held upright is as wide as another's picture is high. */
function linesOf(track: MediaStreamTrack): number {
  const { width, height } = track.getSettings();
  return height === undefined ? LINES_UNKNOWN : Math.min(height, width ?? height);
}

async function adapt(sender: RTCRtpSender, encodings: RTCRtpEncodingParameters[]): Promise<void> {
  const parameters = sender.getParameters();
  for (const encoding of parameters.encodings) {
    Object.assign(
      encoding,
      encodings.find(({ rid }) => rid === encoding.rid),
    );
  }
  await sender.setParameters(parameters);
}
