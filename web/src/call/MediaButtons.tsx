import { useTranslation } from "react-i18next";
import { blockedTitle } from "../chat/blocked";
import { failureText } from "../locales/i18n";
import type { Medium } from "../protocol/generated";
import { type OwnMedium, ownMedium } from "../state/callSelectors";
import { useTwinSpace } from "../state/store";
import { BarButton } from "./BarButton";
import { useCallClient } from "./callContext";
import { useCallAttempt } from "./useCallAttempt";

/** What the button of one's own microphone or camera shows and says. */
function useOwn(medium: Medium) {
  const { t } = useTranslation();
  const own = useTwinSpace((state) => ownMedium(state, medium));
  const isOn = own.state === "on" || own.state === "stopped" || own.state === "starting";
  return {
    isOn,
    isUsable: own.state !== "held" && own.state !== "denied",
    isStarting: own.state === "starting",
    hint: whyNot(own),
  };

  function whyNot(of: OwnMedium): string | null {
    switch (of.state) {
      case "held":
        return t("errors.call_held");
      case "denied":
        return of.code === "room_locked"
          ? failureText(t, of.code, of.code)
          : (blockedTitle(t, of.code) ?? failureText(t, of.code, of.code));
      case "stopped":
        return t("call.bar.waits");
      default:
        return null;
    }
  }
}

/** On or off by a press; or, where one has chosen so, on while it is held. */
export function MicrophoneButton({ holdsToTalk }: { holdsToTalk: boolean }) {
  const { t } = useTranslation();
  const call = useCallClient();
  const attempt = useCallAttempt();
  const { isOn, isUsable, isStarting, hint } = useOwn("audio");
  const isTalking = useTwinSpace((state) => state.call.mine.talking);
  if (holdsToTalk && isUsable && (!isOn || isTalking)) {
    return (
      <BarButton
        icon={isTalking ? "microphone" : "microphoneOff"}
        data-control="microphone"
        label={t("call.bar.talk")}
        hint={t("call.bar.talkHint")}
        isOn={isTalking}
        look={isTalking ? "active" : "off"}
        onPressStart={() => call.controls.pushToTalk(true)}
        onPressEnd={() => call.controls.pushToTalk(false)}
      />
    );
  }
  const isHeard = isOn || isTalking;
  return (
    <BarButton
      data-control="microphone"
      icon={isHeard ? "microphone" : "microphoneOff"}
      label={t("call.bar.microphone")}
      hint={hint ?? t(isOn ? "call.bar.microphoneOn" : "call.bar.microphoneOff")}
      isOn={isHeard}
      look={isTalking ? "active" : isOn ? "plain" : "off"}
      isDisabled={!isUsable}
      isPending={isStarting}
      onPress={() => void attempt(() => call.controls.setMicrophone(!isOn))}
    />
  );
}

export function CameraButton() {
  const { t } = useTranslation();
  const call = useCallClient();
  const attempt = useCallAttempt();
  const { isOn, isUsable, isStarting, hint } = useOwn("video");
  return (
    <BarButton
      data-control="camera"
      icon={isOn ? "camera" : "cameraOff"}
      label={t("call.bar.camera")}
      hint={hint ?? t(isOn ? "call.bar.cameraOn" : "call.bar.cameraOff")}
      isOn={isOn}
      look={isOn ? "plain" : "off"}
      isDisabled={!isUsable}
      isPending={isStarting}
      onPress={() => void attempt(() => call.controls.setCamera(!isOn))}
    />
  );
}

/** Phones and tablets have no screen to share: there the button would only disappoint. */
const CAN_SHARE =
  typeof navigator !== "undefined" && "getDisplayMedia" in (navigator.mediaDevices ?? {});

export function ScreenButton() {
  const { t } = useTranslation();
  const call = useCallClient();
  const attempt = useCallAttempt();
  const { isOn, isUsable, isStarting, hint } = useOwn("screen");
  if (!CAN_SHARE || (!isUsable && !isOn)) {
    return null;
  }
  return (
    <BarButton
      data-medium="screen"
      icon="screen"
      label={t("call.bar.screen")}
      hint={hint ?? t(isOn ? "call.bar.screenOn" : "call.bar.screenOff")}
      isOn={isOn}
      look={isOn ? "active" : "plain"}
      isPending={isStarting}
      onPress={() =>
        void attempt(() => (isOn ? call.controls.stopScreen() : call.controls.startScreen()))
      }
    />
  );
}
