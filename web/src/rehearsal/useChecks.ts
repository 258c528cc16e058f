import { useCallback, useEffect, useState } from "react";
import type { Rehearsal } from "../protocol/generated";
import { myParticipant } from "../state/callSelectors";
import { isConnected } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { type Measured, measureLine } from "./measuring";
import { tryCall } from "./trial";
import {
  browserVerdict,
  type Found,
  type Line,
  type Lines,
  lineVerdict,
  skipped,
  waysVerdict,
} from "./verdicts";
import { tryWays } from "./ways";

const WAITING: Found = { at: "waiting" };
const RUNNING: Found = { at: "running" };

export interface Checks {
  lines: Lines;
  /** What the line's echoes came to. */
  measured: Measured | null;
  /** 0 to 1, of the echoes. */
  progress: number;
  /** How often all of it was begun. */
  round: number;
  /** There are calls on this server, and one is in none now: devices can be tried. */
  hasDevices: boolean;
  note(line: Line, found: Found): void;
  again(): void;
}

/** Tries what needs nobody's help as soon as it is shown: the browser, the line, the ways of calls. */
export function useChecks(): Checks {
  const connection = useConnection();
  const isOnline = useTwinSpace(isConnected);
  const isCalling = useTwinSpace((state) => myParticipant(state) !== null);
  const [lines, setLines] = useState<Lines>(() => beginning());
  const [measured, setMeasured] = useState<Measured | null>(null);
  const [progress, setProgress] = useState(0);
  const [hasCalls, setHasCalls] = useState(false);
  const [round, setRound] = useState(0);

  const note = useCallback((line: Line, found: Found) => {
    setLines((before) => ({ ...before, [line]: found }));
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: once more when asked to
  useEffect(() => {
    if (!isOnline) {
      return; // begins when the connection is there; the page says what it is waiting for
    }
    let isGone = false;
    const told = (line: Line, found: Found) => isGone || note(line, found);
    setLines(beginning());
    setMeasured(null);
    told("browser", browserVerdict(featuresOfThis()));
    told("line", RUNNING);
    void measureLine(
      () => connection.request("rehearsal.echo", {}),
      (share) => isGone || setProgress(share),
    ).then((result) => {
      if (!isGone) {
        setMeasured(result);
        note("line", lineVerdict(result));
      }
    });
    told("ways", RUNNING);
    connection
      .request("rehearsal.begin", {})
      .then(async ({ calls, ice }: Rehearsal) => {
        if (isGone) {
          return;
        }
        setHasCalls(calls);
        if (!calls || isCalling) {
          for (const line of ["microphone", "camera", "speaker"] as const) {
            told(line, skipped(calls ? "inCall" : "noCalls"));
          }
        }
        const makePeer = (configuration: RTCConfiguration) => new RTCPeerConnection(configuration);
        if (!calls) {
          told("ways", skipped("noCalls"));
          return;
        }
        const offer = (sdp: string) => connection.request("rehearsal.offer", { sdp });
        const [ways, trial] = await Promise.all([
          tryWays(ice, makePeer),
          tryCall(ice, offer, makePeer),
        ]);
        told("ways", waysVerdict(ways, trial));
      })
      .catch(() => told("ways", { at: "found", colour: "red", words: "unanswered" }));
    return () => {
      isGone = true;
    };
  }, [connection, isOnline, isCalling, round, note]);

  return {
    lines,
    measured,
    progress,
    round,
    hasDevices: hasCalls && !isCalling,
    note,
    again: () => setRound((before) => before + 1),
  };
}

function beginning(): Lines {
  return {
    browser: WAITING,
    line: WAITING,
    ways: WAITING,
    microphone: WAITING,
    camera: WAITING,
    speaker: WAITING,
  };
}

function featuresOfThis() {
  return {
    peerConnections: "RTCPeerConnection" in window,
    devices: navigator.mediaDevices?.getUserMedia !== undefined,
    audio: "AudioContext" in window,
  };
}
