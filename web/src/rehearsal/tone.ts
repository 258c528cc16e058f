/** A sound to try the loudspeaker with: two soft notes that nobody takes for an alarm. */

const NOTES_HZ = [523.25, 659.25]; // C5 and E5: small loudspeakers play them, and most ears hear them
const NOTE_S = 0.45;
const LOUDNESS = 0.25;
const FADE_S = 0.04; // without it each note begins and ends with a click

/** Web Audio API 1.1, AudioContext.setSinkId; not in every browser. */
interface WithSink {
  setSinkId?(id: string): Promise<void>;
}

/** Play it on a loudspeaker (null: the browser's choice); answers when it is over. Fails where there is no sound. */
export async function playTone(speaker: string | null): Promise<void> {
  const context = new AudioContext();
  try {
    if (speaker !== null) {
      // One that was unplugged: the browser's choice is the next best.
      await (context as WithSink).setSinkId?.(speaker).catch(() => {});
    }
    await context.resume();
    const last = NOTES_HZ.map((hertz, at) => noteOf(context, hertz, at * NOTE_S)).at(-1);
    await new Promise((resolve) => last?.addEventListener("ended", resolve, { once: true }));
  } finally {
    await context.close();
  }
}

function noteOf(context: AudioContext, hertz: number, after: number): OscillatorNode {
  const begin = context.currentTime + after;
  const end = begin + NOTE_S;
  const volume = new GainNode(context, { gain: 0 });
  volume.gain.setValueAtTime(0, begin);
  volume.gain.linearRampToValueAtTime(LOUDNESS, begin + FADE_S);
  volume.gain.setValueAtTime(LOUDNESS, end - FADE_S);
  volume.gain.linearRampToValueAtTime(0, end);
  const note = new OscillatorNode(context, { frequency: hertz });
  note.connect(volume).connect(context.destination);
  note.start(begin);
  note.stop(end);
  return note;
}
