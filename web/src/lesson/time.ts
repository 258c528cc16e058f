/** The time that is left, as the server's clock has it. Pure, but for the hook at the end. */

import { useEffect, useState } from "react";
import { useTwinSpace } from "../state/store";

const SECOND_MS = 1_000;
const MINUTE_S = 60;
const HOUR_S = 3_600;

/** How long it is shown that a time is up. */
export const UP_SHOWN_S = 60;

/** Seconds until `endsAt`, begun ones included; negative afterwards. Both in milliseconds by the same clock. */
export function secondsLeft(endsAt: number, now: number): number {
  return Math.ceil((endsAt - now) / SECOND_MS);
}

/** Milliseconds until `secondsLeft` changes. */
export function untilNextSecond(endsAt: number, now: number): number {
  const rest = (endsAt - now) % SECOND_MS;
  return rest > 0 ? rest : rest + SECOND_MS;
}

/** A time as clocks show it, in the digits of a language: 4:05, 1:04:05. */
export function clockText(seconds: number, language: string): string {
  const whole = Math.max(0, seconds);
  const plain = new Intl.NumberFormat(language, { useGrouping: false });
  const padded = new Intl.NumberFormat(language, { useGrouping: false, minimumIntegerDigits: 2 });
  const hours = Math.floor(whole / HOUR_S);
  const minutes = Math.floor((whole % HOUR_S) / MINUTE_S);
  const end = padded.format(whole % MINUTE_S);
  return hours === 0
    ? `${plain.format(minutes)}:${end}`
    : `${plain.format(hours)}:${padded.format(minutes)}:${end}`;
}

/** Seconds until `endsAt` by the server's clock, told again each second until it was up for a while. */
export function useSecondsLeft(endsAt: number): number {
  const clock = useTwinSpace((state) => state.lesson.clock);
  const [, tick] = useState(0);
  const now = clock + performance.now();
  const left = secondsLeft(endsAt, now);
  // Each drawing sets the next: a page that slept goes on from the right second.
  useEffect(() => {
    if (left <= -UP_SHOWN_S) {
      return;
    }
    const wait = untilNextSecond(endsAt, clock + performance.now());
    const timer = setTimeout(() => tick((count) => count + 1), wait);
    return () => clearTimeout(timer);
  });
  return left;
}
