/** How quick and how steady the way to the server is: echoes over the connection that the classroom uses, too. */

/** Over four seconds: long enough to catch a Wi-Fi that stalls, short enough to wait for. */
export const ECHOES = 20;
const ECHO_INTERVAL_MS = 200;

/** Slower than this, and one waits for what others have said long ago. */
export const LATE_MS = 1_000;

export interface Measured {
  /** The middle of the round trips, milliseconds; null when no echo came back. */
  roundTrip: number | null;
  /** By how much one round trip differs from the one before, on average, milliseconds (as RFC 3550, 6.4.1). */
  jitter: number;
  /** Echoes of `ECHOES` that came after `LATE_MS`, or not at all. On a line of TCP nothing is lost, but it stalls. */
  late: number;
}

interface Clock {
  now(): number;
  wait(milliseconds: number): Promise<void>;
}

const thisClock: Clock = {
  now: () => performance.now(),
  wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** Ask for echoes, one after the other begun whether or not the one before is back. */
export async function measureLine(
  echo: () => Promise<unknown>,
  onProgress: (share: number) => void,
  clock: Clock = thisClock,
): Promise<Measured> {
  const under: Promise<number | null>[] = [];
  for (let sent = 0; sent < ECHOES; sent += 1) {
    under.push(roundTripOf(echo, clock));
    onProgress((sent + 1) / ECHOES);
    await clock.wait(ECHO_INTERVAL_MS);
  }
  return summaryOf(await Promise.all(under));
}

async function roundTripOf(echo: () => Promise<unknown>, clock: Clock): Promise<number | null> {
  const began = clock.now();
  try {
    await echo();
    return clock.now() - began;
  } catch {
    return null;
  }
}

/** What round trips say together; null is one that did not come back. */
export function summaryOf(roundTrips: readonly (number | null)[]): Measured {
  const back = roundTrips.filter((time) => time !== null);
  const differences = back.slice(1).map((time, at) => Math.abs(time - (back[at] ?? time)));
  return {
    roundTrip: medianOf(back),
    jitter: differences.reduce((sum, one) => sum + one, 0) / Math.max(1, differences.length),
    late: roundTrips.filter((time) => time === null || time > LATE_MS).length,
  };
}

function medianOf(times: readonly number[]): number | null {
  const inOrder = [...times].sort((one, other) => one - other);
  return inOrder[Math.floor(inOrder.length / 2)] ?? null;
}
