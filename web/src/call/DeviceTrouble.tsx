import { useTranslation } from "react-i18next";
import type { DeviceProblem } from "../state/call";
import { useTwinSpace } from "../state/store";
import { Icon, type IconName } from "../ui/Icon";

export interface Trouble {
  key: string;
  icon: IconName;
  title: string;
  /** What to do about it. */
  text: string;
}

/** What is wrong with one's devices, in words: one trouble for both when they have the same. */
export function useTroubles(): Trouble[] {
  const { t } = useTranslation();
  const { microphone, camera, screen } = useTwinSpace((state) => state.call.devices.problem);
  const texts: Record<DeviceProblem, string> = {
    denied: t("call.trouble.denied"),
    missing: t("call.trouble.missing"),
    busy: t("call.trouble.busy"),
    unsupported: t("call.trouble.unsupported"),
    unknown: t("call.trouble.unknown"),
  };
  const troubles: Trouble[] = [];
  function add(key: string, icon: IconName, title: string, problem: DeviceProblem | null): void {
    if (problem !== null) {
      troubles.push({ key, icon, title, text: texts[problem] });
    }
  }
  if (camera !== null && camera === microphone) {
    add("both", "cameraOff", t("call.trouble.both"), camera);
  } else {
    add("camera", "cameraOff", t("call.trouble.camera"), camera);
    add("microphone", "microphoneOff", t("call.trouble.microphone"), microphone);
  }
  if (screen !== null) {
    const text = screen === "denied" ? t("call.trouble.screenDenied") : texts[screen];
    troubles.push({ key: "screen", icon: "screen", title: t("call.trouble.screen"), text });
  }
  return troubles;
}

/** In the lobby: the troubles with some space around them. */
export function DeviceTroubles() {
  const troubles = useTroubles().filter(({ key }) => key !== "screen");
  return troubles.map(({ key, icon, title, text }) => (
    <div className="call-trouble" key={key}>
      <Icon name={icon} size={24} />
      <div>
        <p className="call-trouble__title">{title}</p>
        <p>{text}</p>
      </div>
    </div>
  ));
}
