/** Whether sound and pictures get through to the server: the first steps of a call, with nobody in it. */

import { configurationOf } from "../call/iceServers";
import type { MakePeer } from "../call/ports";
import type { CallAnswer, IceServers } from "../protocol/generated";

/**
 * `direct`: by UDP; `detour`: by TCP or a relay that is reached by it; `blocked`: not at all; `untried`: the server could
 * not take part in it just now, which says nothing of the network.
 */
export type Trial = "direct" | "detour" | "blocked" | "untried";

/** What is not connected by then is of no use in a call either; half as long as the server keeps its side at most. */
export const CONNECTING_MS = 10_000;

export async function tryCall(
  ice: IceServers,
  offer: (sdp: string) => Promise<CallAnswer>,
  makePeer: MakePeer,
): Promise<Trial> {
  let peer: RTCPeerConnection | null = null;
  try {
    peer = makePeer(configurationOf(ice));
    // Something to find a way for, without a microphone: nothing is sent.
    peer.addTransceiver("audio", { direction: "sendonly" });
    await peer.setLocalDescription();
    const { sdp } = await offer(peer.localDescription?.sdp ?? "");
    await peer.setRemoteDescription({ type: "answer", sdp });
    return (await isConnected(peer)) ? await transportOf(peer) : "blocked";
  } catch {
    return "untried";
  } finally {
    peer?.close(); // the server hears of it by DTLS (`close_notify`): there is a place for somebody else at once
  }
}

async function isConnected(peer: RTCPeerConnection): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), CONNECTING_MS);
      const look = (): void => {
        if (peer.connectionState === "connected") {
          resolve(true);
        } else if (peer.connectionState === "failed") {
          resolve(false);
        }
      };
      peer.onconnectionstatechange = look;
      look();
    });
  } finally {
    clearTimeout(timer);
    peer.onconnectionstatechange = null;
  }
}

/** The members of W3C WebRTC statistics that matter; each report has only those of its `type`. */
interface Report {
  type: string;
  selectedCandidatePairId?: string;
  nominated?: boolean;
  state?: string;
  localCandidateId?: string;
  protocol?: string;
  relayProtocol?: string;
}

/** By which transport the media go: to the server, or to the relay on the way. */
async function transportOf(peer: RTCPeerConnection): Promise<Trial> {
  const reports = new Map<string, Report>(await peer.getStats());
  const all = [...reports.values()];
  const selected = all.find(({ type }) => type === "transport")?.selectedCandidatePairId ?? "";
  // Firefox does not name it, and right after connecting none may be nominated yet.
  const pairs = all.filter(({ type }) => type === "candidate-pair");
  const pair =
    reports.get(selected) ??
    pairs.find(({ nominated }) => nominated === true) ??
    pairs.find(({ state }) => state === "succeeded");
  const local = reports.get(pair?.localCandidateId ?? "");
  return (local?.relayProtocol ?? local?.protocol ?? "udp") === "udp" ? "direct" : "detour";
}
