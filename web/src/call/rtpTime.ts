/** RTP timestamps (RFC 3550, 5.1): 32 bits that wrap around, compared by half the circle as in RFC 1982. */

const HALF = 2 ** 31;

/** Whether `timestamp` is later than `after`; the same is not. */
export function isLater(timestamp: number, after: number): boolean {
  const ahead = (timestamp - after) >>> 0;
  return ahead !== 0 && ahead < HALF;
}
