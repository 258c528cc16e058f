import { useId } from "react";
import { useTranslation } from "react-i18next";
import type { Bandwidth } from "../protocol/generated";
import { useTwinSpace } from "../state/store";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Switch } from "../ui/Switch";
import { useCallClient } from "./callContext";
import { DevicePickers } from "./DevicePickers";
import { Options } from "./Options";
import { QualityMark, useQualityWords } from "./QualityMark";
import { useCallAttempt } from "./useCallAttempt";

interface CallSettingsProps {
  holdsToTalk: boolean;
  onHoldsToTalk(isChosen: boolean): void;
  onClose(): void;
}

/** During a call: how much of it one takes, and with which devices. */
export function CallSettings({ holdsToTalk, onHoldsToTalk, onClose }: CallSettingsProps) {
  const { t } = useTranslation();
  const isMicrophoneOn = useTwinSpace((state) => state.call.mine.own.audio === "on");
  return (
    <Dialog wide title={t("call.settings.title")} onClose={onClose}>
      <div className="call-settings">
        <BandwidthChoice />
        <div className="call-settings__devices">
          <Switch
            label={t("call.settings.holdToTalk")}
            meaning={t(holdsToTalk ? "call.settings.holdToTalkOn" : "call.settings.holdToTalkOff")}
            isOn={holdsToTalk}
            onChange={onHoldsToTalk}
          />
          <DevicePickers isMicrophoneOn={isMicrophoneOn} />
        </div>
      </div>
      <div className="dialog__buttons">
        <Button onPress={onClose}>{t("common.close")}</Button>
      </div>
    </Dialog>
  );
}

type Choice = Bandwidth | "automatic";

/** The ladder of a slow line, by hand or by itself. */
function BandwidthChoice() {
  const { t } = useTranslation();
  const call = useCallClient();
  const attempt = useCallAttempt();
  const name = useId();
  const { bandwidthChoice, bandwidthNow, quality } = useTwinSpace((state) => state.call.mine);
  const words = useQualityWords(quality);
  const now: Record<Bandwidth, string> = {
    full: t("call.bandwidth.nowFull"),
    "one-camera": t("call.bandwidth.nowOneCamera"),
    "audio-only": t("call.bandwidth.nowAudioOnly"),
  };
  return (
    <div className="call-line">
      <p className="call-line__quality">
        <QualityMark quality={quality} isSilent />
        {words}
      </p>
      <Options<Choice>
        legend={t("call.bandwidth.title")}
        name={name}
        value={bandwidthChoice}
        onChange={(choice) => void attempt(() => call.setBandwidth(choice))}
        options={[
          {
            value: "automatic",
            label: t("call.bandwidth.automatic"),
            hint:
              bandwidthChoice === "automatic"
                ? now[bandwidthNow]
                : t("call.bandwidth.automaticHint"),
          },
          { value: "full", label: t("call.bandwidth.full") },
          { value: "one-camera", label: t("call.bandwidth.oneCamera") },
          {
            value: "audio-only",
            label: t("call.bandwidth.audioOnly"),
            hint: t("call.bandwidth.audioOnlyHint"),
          },
        ]}
      />
    </div>
  );
}
