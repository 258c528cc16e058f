import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { DeviceKind } from "../state/call";
import { useTwinSpace } from "../state/store";
import { Choice } from "../ui/Field";
import { useCallClient } from "./callContext";
import { LevelMeter } from "./LevelMeter";
import { useCallAttempt } from "./useCallAttempt";

/** The value of an option: an empty one stands for no choice. */
const BROWSERS_CHOICE = "";

/** Which camera, microphone and loudspeaker, and whether the microphone hears something. Remembered on this device. */
export function DevicePickers({ isMicrophoneOn = true }: { isMicrophoneOn?: boolean }) {
  const call = useCallClient();
  const isWorking = useTwinSpace((state) => state.call.devices.problem.microphone === null);
  useEffect(() => call.devices.watch(), [call]);
  return (
    <div className="device-pickers">
      <DevicePicker kind="camera" />
      <div className="device-pickers__microphone">
        <DevicePicker kind="microphone" />
        {isMicrophoneOn && isWorking && <LevelMeter />}
      </div>
      <DevicePicker kind="speaker" />
    </div>
  );
}

function DevicePicker({ kind }: { kind: DeviceKind }) {
  const { t } = useTranslation();
  const call = useCallClient();
  const attempt = useCallAttempt();
  const list = useTwinSpace((state) => state.call.devices.list[kind]);
  const chosen = useTwinSpace((state) => state.call.devices.chosen[kind]);
  const labels: Record<DeviceKind, string> = {
    camera: t("call.devices.camera"),
    microphone: t("call.devices.microphone"),
    speaker: t("call.devices.speaker"),
  };
  if (list.length === 0) {
    return null; // there is none, it is not allowed, or this browser leaves no choice
  }
  const isKnown = list.some(({ id }) => id === chosen);
  return (
    <Choice
      label={labels[kind]}
      value={isKnown && chosen !== null ? chosen : BROWSERS_CHOICE}
      onChange={(id) =>
        void attempt(() => call.devices.choose(kind, id === BROWSERS_CHOICE ? null : id))
      }
    >
      <option value={BROWSERS_CHOICE}>{t("call.devices.browsersChoice")}</option>
      {list.map(({ id, label }, at) => (
        <option key={id} value={id}>
          {label === "" ? t("call.devices.unnamed", { number: at + 1 }) : label}
        </option>
      ))}
    </Choice>
  );
}
