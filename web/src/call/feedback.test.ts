import { describe, expect, it } from "vitest";
import { FakePeer } from "./fakes";
import { offerWithFeedback, withFeedback } from "./feedback";

const OFFER = [
  "m=audio 9 UDP/TLS/RTP/SAVPF 111 13",
  "a=rtpmap:111 opus/48000/2",
  "a=rtpmap:13 CN/8000",
  "m=video 9 UDP/TLS/RTP/SAVPF 96 97",
  "a=rtpmap:96 VP8/90000",
  "a=rtcp-fb:96 nack",
  "a=rtpmap:97 rtx/90000",
  "m=video 9 UDP/TLS/RTP/SAVPF 96",
  "a=rtpmap:96 VP8/90000",
  "a=rtcp-fb:96 nack",
  "",
].join("\r\n");

describe("feedback that browsers do not offer by themselves", () => {
  it("is added behind each codec it is for", () => {
    const lines = withFeedback(OFFER).split("\r\n");
    expect(lines[lines.indexOf("a=rtpmap:111 opus/48000/2") + 1]).toBe("a=rtcp-fb:111 nack");
    expect(lines.filter((line) => line === "a=rtcp-fb:96 rrtr")).toHaveLength(2);
    expect(lines).toHaveLength(OFFER.split("\r\n").length + 3);
  });

  it("is not added twice", () => {
    expect(withFeedback(withFeedback(OFFER))).toBe(withFeedback(OFFER));
  });

  it("is left out where the browser does not take it", async () => {
    const peer = new FakePeer({});
    const given: (string | undefined)[] = [];
    peer.setLocalDescription = async (description?: RTCSessionDescriptionInit) => {
      given.push(description?.sdp);
      if (given.length === 1) {
        throw new DOMException("munged", "InvalidModificationError");
      }
    };
    await offerWithFeedback(peer as unknown as RTCPeerConnection);
    expect(given).toHaveLength(2);
  });
});
