/** What W3C WebRTC statistics say about a call's connections, summed up. Pure. */

import type { Counts } from "./quality";

/** The members of the reports that matter; each has only those of its `type`. */
interface Report {
  type: string;
  /** Milliseconds; of what the other side has reported: when its report came. */
  timestamp: number;
  lastPacketReceivedTimestamp?: number;
  packetsReceived?: number;
  packetsLost?: number;
  jitter?: number;
  freezeCount?: number;
  fractionLost?: number;
  roundTripTime?: number;
  currentRoundTripTime?: number;
  nominated?: boolean;
}

/** A stream that has stopped, as a slot nobody is in, keeps its last jitter for ever. It says nothing about now. */
const STALE_MS = 5_000;

export function readCounts(reports: Iterable<RTCStatsReport>, isConnected: boolean): Counts {
  let received = 0;
  let lost = 0;
  let freezes = 0;
  const sentLosses: number[] = [];
  let roundTrip: number | null = null;
  let jitter: number | null = null;
  for (const report of reports) {
    const entries: Report[] = [...report.values()];
    const now = Math.max(...entries.map(({ timestamp }) => timestamp));
    const isNew = (time: number | undefined): boolean => now - (time ?? now) < STALE_MS;
    for (const entry of entries) {
      switch (entry.type) {
        case "inbound-rtp":
          received += entry.packetsReceived ?? 0;
          lost += entry.packetsLost ?? 0;
          freezes += entry.freezeCount ?? 0;
          if (isNew(entry.lastPacketReceivedTimestamp)) {
            jitter = largest(jitter, entry.jitter);
          }
          break;
        case "remote-inbound-rtp":
          if (isNew(entry.timestamp)) {
            sentLosses.push(...(entry.fractionLost === undefined ? [] : [entry.fractionLost]));
            roundTrip = largest(roundTrip, entry.roundTripTime);
          }
          break;
        case "candidate-pair":
          if (entry.nominated) {
            roundTrip = largest(roundTrip, entry.currentRoundTripTime);
          }
          break;
      }
    }
  }
  return {
    received,
    lost,
    sentLoss: mean(sentLosses),
    roundTrip,
    jitter,
    freezes,
    isConnected,
  };
}

/** Each stream has few packets between two reports: the worst of several is mostly chance. */
function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, one) => sum + one, 0) / values.length;
}

function largest(a: number | null, b: number | undefined): number | null {
  return b === undefined ? a : Math.max(a ?? b, b);
}
