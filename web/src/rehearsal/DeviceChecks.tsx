import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useCallClient } from "../call/callContext";
import { DevicePickers } from "../call/DevicePickers";
import { type Preview, usePreview } from "../call/usePreview";
import { useTwinSpace } from "../state/store";
import { Button } from "../ui/Button";
import { brightnessOf, DARK } from "./brightness";
import { CheckLine } from "./CheckLine";
import { playTone } from "./tone";
import type { Checks } from "./useChecks";
import { deviceVerdict, found } from "./verdicts";

/** Microphone, camera and loudspeaker. The browser asks the person: not before they know what for. */
export function DeviceChecks({ checks }: { checks: Checks }) {
  const { t } = useTranslation();
  const { lines, hasDevices } = checks;
  const [isTrying, setTrying] = useState(false);
  return (
    <>
      <CheckLine line="microphone" found={lines.microphone}>
        {hasDevices && !isTrying && (
          <div>
            <Button look="primary" icon="microphone" onPress={() => setTrying(true)}>
              {t("rehearsal.tryDevices")}
            </Button>
          </div>
        )}
      </CheckLine>
      <CheckLine line="camera" found={lines.camera}>
        {hasDevices && isTrying && <Trying checks={checks} />}
      </CheckLine>
      <CheckLine line="speaker" found={lines.speaker}>
        {hasDevices && <Speaker checks={checks} />}
      </CheckLine>
    </>
  );
}

/** Louder than an empty room, as in the lobby. */
const HEARD = 0.04;

/** So long without a sound, and one should look whether it is the right microphone. */
const SILENT_MS = 8_000;

/** Both at once: browsers ask once for two devices. Closed again with the dialog. */
function Trying({ checks }: { checks: Checks }) {
  const isKept = useRef(false);
  const preview = usePreview({ microphone: true, camera: true, isKept });
  useMicrophoneCheck(checks, preview);
  useCameraCheck(checks, preview);
  return (
    <div className="check-devices">
      {preview.camera !== null && <Watched track={preview.camera} checks={checks} />}
      <DevicePickers isMicrophoneOn />
    </div>
  );
}

function useMicrophoneCheck({ note }: Checks, { isAsking }: Preview): void {
  const call = useCallClient();
  const problem = useTwinSpace((state) => state.call.devices.problem.microphone);
  const chosen = useTwinSpace((state) => state.call.devices.chosen.microphone);
  // biome-ignore lint/correctness/useExhaustiveDependencies: anew for another microphone
  useEffect(() => {
    if (problem !== null) {
      note("microphone", deviceVerdict(problem));
      return;
    }
    note("microphone", { at: "running" });
    if (isAsking) {
      return; // the person reads what the browser asks
    }
    const stop = call.devices.meter((level) => {
      if (level > HEARD) {
        clearTimeout(timer);
        note("microphone", found("green", "microphoneGood"));
      }
    });
    const timer = setTimeout(
      () => note("microphone", found("yellow", "microphoneSilent")),
      SILENT_MS,
    );
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [call, problem, chosen, isAsking, note]);
}

function useCameraCheck({ note }: Checks, { camera, isAsking }: Preview): void {
  const problem = useTwinSpace((state) => state.call.devices.problem.camera);
  useEffect(() => {
    if (problem !== null) {
      note("camera", deviceVerdict(problem));
    } else if (camera === null || isAsking) {
      note("camera", { at: "running" });
    }
  }, [problem, camera, isAsking, note]);
}

/** Between two looks at whether the picture is dark: a shutter is opened while one watches. */
const LOOK_MS = 500;

/** One's own picture; what it shows is judged here only, and leaves the device for nowhere. */
function Watched({ track, checks: { note } }: { track: MediaStreamTrack; checks: Checks }) {
  const { t } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const shown = video.current;
    if (shown === null) {
      return;
    }
    shown.srcObject = new MediaStream([track]);
    const timer = setInterval(() => {
      const brightness = brightnessOf(shown);
      if (brightness !== null) {
        note(
          "camera",
          brightness < DARK ? found("yellow", "cameraDark") : found("green", "cameraGood"),
        );
      }
    }, LOOK_MS);
    return () => clearInterval(timer);
  }, [track, note]);
  return (
    <video
      ref={video}
      className="check-devices__picture"
      aria-label={t("call.lobby.preview")}
      autoPlay
      muted
      playsInline
    />
  );
}

function Speaker({ checks: { note } }: { checks: Checks }) {
  const { t } = useTranslation();
  const speaker = useTwinSpace((state) => state.call.devices.chosen.speaker);
  const [state, setState] = useState<"new" | "playing" | "asked">("new");

  async function play(): Promise<void> {
    setState("playing");
    try {
      await playTone(speaker);
      setState("asked");
    } catch {
      note("speaker", found("red", "speakerBad"));
      setState("new");
    }
  }

  return (
    <div className="check-speaker">
      <Button icon="sound" isDisabled={state === "playing"} onPress={() => void play()}>
        {t("rehearsal.playSound")}
      </Button>
      {state === "asked" && (
        <fieldset className="check-speaker__question">
          <legend className="visually-hidden">{t("rehearsal.heard")}</legend>
          <span aria-hidden="true">{t("rehearsal.heard")}</span>
          <Button small onPress={() => note("speaker", found("green", "speakerGood"))}>
            {t("rehearsal.yes")}
          </Button>
          <Button small onPress={() => note("speaker", found("red", "speakerBad"))}>
            {t("rehearsal.no")}
          </Button>
        </fieldset>
      )}
    </div>
  );
}
