/** What call logic needs from outside. The browser's own objects stand behind it, or small fakes in tests. */

import type { CommandName } from "../connection/link";
import type { Commands } from "../protocol/generated";

/** Sends a command and answers its result; throws `CommandFailed`. */
export type Request = <Name extends CommandName>(
  name: Name,
  params: Commands[Name]["params"],
) => Promise<Commands[Name]["result"]>;

export type MakePeer = (configuration: RTCConfiguration) => RTCPeerConnection;

/** Everything that the browser brings to a call. */
export interface CallBrowser {
  makePeer: MakePeer;
  /** What this browser can receive (RTCRtpReceiver.getCapabilities). */
  codecs(kind: "audio" | "video"): readonly RTCRtpCodec[];
  makeStream(tracks: MediaStreamTrack[]): MediaStream;
  /** An `<audio>` that is in no document: it plays all the same. */
  makeAudio(): HTMLAudioElement;
  /** Undefined on pages without https. */
  mediaDevices: MediaDevices | undefined;
  /** Called when the device may have another network than before. Answers how to stop listening. */
  onNetworkChange(listener: () => void): () => void;
  /** Called when the page is closed or left. Answers how to stop listening. */
  onPageLeft(listener: () => void): () => void;
  now(): number;
}

export function thisBrowser(): CallBrowser {
  return {
    makePeer: (configuration) => new RTCPeerConnection(configuration),
    codecs: (kind) => RTCRtpReceiver.getCapabilities(kind)?.codecs ?? [],
    makeStream: (tracks) => new MediaStream(tracks),
    makeAudio: () => new Audio(),
    mediaDevices: navigator.mediaDevices,
    onNetworkChange: listenToNetwork,
    onPageLeft: (listener) => {
      window.addEventListener("pagehide", listener);
      return () => window.removeEventListener("pagehide", listener);
    },
    now: () => Date.now(),
  };
}

/** Network Information API, where there is one: its `change` also tells of mere estimates. */
interface Connection extends EventTarget {
  type?: string;
}

function listenToNetwork(listener: () => void): () => void {
  const { connection } = navigator as Navigator & { connection?: Connection };
  let type = connection?.type;
  const onChange = (): void => {
    if (connection?.type !== type) {
      type = connection?.type;
      listener();
    }
  };
  window.addEventListener("online", listener);
  connection?.addEventListener("change", onChange);
  return () => {
    window.removeEventListener("online", listener);
    connection?.removeEventListener("change", onChange);
  };
}
