/** How loud a track is, for the meter of the lobby (Web Audio API, AnalyserNode). */

/** Looks as lively as speech, and costs nothing. */
const LOOK_MS = 50;

/** A level of full scale is 1; ordinary speech at a laptop is about -40 dB, silence below -60. */
const SILENCE_DB = -60;
const LOUD_DB = -15;

/** Measure whatever track there is, 0 to 1, until the answer is called. */
export function watchLevel(
  trackNow: () => MediaStreamTrack | null,
  onLevel: (level: number) => void,
): () => void {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 1024 });
  const samples = new Float32Array(analyser.fftSize);
  let track: MediaStreamTrack | null = null;
  let source: MediaStreamAudioSourceNode | null = null;
  const timer = setInterval(() => {
    const now = trackNow();
    if (now !== track) {
      source?.disconnect();
      track = now;
      source =
        now === null
          ? null
          : new MediaStreamAudioSourceNode(context, { mediaStream: new MediaStream([now]) });
      source?.connect(analyser);
      void context.resume();
    }
    analyser.getFloatTimeDomainData(samples);
    onLevel(source === null ? 0 : levelOf(samples));
  }, LOOK_MS);
  return () => {
    clearInterval(timer);
    source?.disconnect();
    void context.close();
  };
}

/** The root mean square of samples in [-1, 1], on a scale of decibels: 0 for silence, 1 for loud. */
export function levelOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) {
    sum += sample * sample;
  }
  const decibels = 10 * Math.log10(sum / samples.length + Number.EPSILON);
  const level = (decibels - SILENCE_DB) / (LOUD_DB - SILENCE_DB);
  return Math.min(1, Math.max(0, level));
}
