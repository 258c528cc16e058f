/** The sound at the end of a timer: two soft tones, made here. It can be switched off, on this device. */

import { recall, remember } from "../connection/memory";

const KEY = "lesson.sound";
const OFF = "off";

/** Hertz: a fifth upwards, which sounds like an end and like no alarm. */
const TONES = [523.25, 783.99];

/** Seconds between the tones, and how long each takes to fade. */
const APART_S = 0.28;
const FADE_S = 1.2;

/** Of 1: heard in a quiet classroom, and no fright in headphones. */
const LOUDNESS = 0.12;

export function isChimeOn(): boolean {
  return recall(KEY) !== OFF;
}

export function switchChime(isOn: boolean): void {
  remember(KEY, isOn ? null : OFF);
}

/** Play it, if it is wanted and this browser lets a page be heard that nobody has touched. */
export async function playChime(): Promise<void> {
  if (!isChimeOn() || typeof AudioContext === "undefined") {
    return;
  }
  const context = new AudioContext();
  try {
    if (context.state !== "running") {
      return;
    }
    const tones = TONES.map((frequency, at) => soften(context, frequency, at * APART_S));
    await Promise.all(tones);
  } finally {
    await context.close();
  }
}

function soften(context: AudioContext, frequency: number, after: number): Promise<void> {
  const tone = new OscillatorNode(context, { frequency });
  const volume = new GainNode(context, { gain: 0 });
  const start = context.currentTime + after;
  volume.gain.setTargetAtTime(LOUDNESS, start, 0.02);
  volume.gain.setTargetAtTime(0, start + 0.1, FADE_S / 4);
  tone.connect(volume).connect(context.destination);
  tone.start(start);
  tone.stop(start + FADE_S);
  return new Promise((resolve) => {
    tone.onended = () => resolve();
  });
}
