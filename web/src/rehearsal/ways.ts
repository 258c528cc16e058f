/** Which ways there are for sound and pictures: each ICE server is asked by itself whether it can be reached. */

import type { MakePeer } from "../call/ports";
import type { IceServer, IceServers } from "../protocol/generated";

/** `outside`: by STUN one learns one's own address, by UDP. The others: a relay, by the transport to it. */
export type WayKind = "outside" | "udp" | "tcp" | "tls";

export interface Way {
  kind: WayKind;
  works: boolean;
}

/** What has not answered by then does not help a call either. */
export const GATHERING_MS = 8_000;

/** Try all of them at once. */
export async function tryWays(ice: IceServers, makePeer: MakePeer): Promise<Way[]> {
  const tried = ice.servers.flatMap((server) =>
    server.urls.map(async (url) => ({
      kind: kindOf(url),
      works: await reaches(url, server, makePeer),
    })),
  );
  return Promise.all(tried);
}

/** RFC 7064 and RFC 7065: without `?transport=` it is UDP, and a `turns:` is over TLS. */
export function kindOf(url: string): WayKind {
  if (url.startsWith("stun")) {
    return "outside";
  }
  if (url.startsWith("turns:")) {
    return "tls";
  }
  return url.endsWith("transport=tcp") ? "tcp" : "udp";
}

/** Whether a candidate of the wanted type is found by way of one server (RFC 8445, 5.1.1). */
async function reaches(url: string, server: IceServer, makePeer: MakePeer): Promise<boolean> {
  const isRelay = kindOf(url) !== "outside";
  const credentials = { username: server.username ?? "", credential: server.credential ?? "" };
  const peer = makePeer({
    iceServers: [isRelay ? { urls: url, ...credentials } : { urls: url }],
    iceTransportPolicy: isRelay ? "relay" : "all",
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await new Promise<boolean>((resolve, reject) => {
      timer = setTimeout(() => resolve(false), GATHERING_MS);
      peer.onicecandidate = ({ candidate }) => {
        if (candidate === null || candidate.candidate === "") {
          resolve(false); // all there are
        } else if (candidate.type === (isRelay ? "relay" : "srflx")) {
          resolve(true);
        }
      };
      // Something to find a way for: without it no candidate is gathered.
      peer.createDataChannel("rehearsal");
      peer.setLocalDescription().catch(reject);
    });
  } catch {
    return false; // a browser that takes no such server
  } finally {
    clearTimeout(timer);
    peer.close();
  }
}
