import { useCallback, useEffect, useRef, useState } from "react";
import type { Replay } from "./replay";

export const SPEEDS = [1, 4, 16] as const;

export interface Player {
  step: number;
  isPlaying: boolean;
  speed: number;
  toggle(): void;
  seek(step: number): void;
  setSpeed(speed: number): void;
}

/** Plays a replay frame by frame, as fast as asked for. */
export function usePlayer(replay: Replay): Player {
  const end = replay.steps.length;
  const [step, setStep] = useState(end);
  const [isPlaying, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<number>(SPEEDS[1]);
  const played = useRef(replay.playedAt(end));

  const seek = useCallback(
    (wanted: number) => {
      played.current = replay.playedAt(wanted);
      setStep(wanted);
    },
    [replay],
  );

  useEffect(() => {
    if (!isPlaying) {
      return;
    }
    let before = performance.now();
    let frame = requestAnimationFrame(function play(now) {
      played.current += (now - before) * speed;
      before = now;
      const next = replay.stepAt(played.current);
      setStep(next);
      if (next >= end) {
        setPlaying(false);
      } else {
        frame = requestAnimationFrame(play);
      }
    });
    return () => cancelAnimationFrame(frame);
  }, [replay, end, isPlaying, speed]);

  const toggle = useCallback(() => {
    if (!isPlaying && step >= end) {
      seek(0); // at the end, playing means from the beginning
    }
    setPlaying(!isPlaying);
  }, [isPlaying, step, end, seek]);

  return { step, isPlaying, speed, toggle, seek, setSpeed };
}
