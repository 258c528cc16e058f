import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import type { CallView } from "../protocol/generated";
import { callRefusal, handPlace, ownMedium } from "../state/callSelectors";
import { useTwinSpace } from "../state/store";
import { useMediaQuery } from "../ui/hooks";
import { BarButton } from "./BarButton";
import { CallSettings } from "./CallSettings";
import { useCallClient } from "./callContext";
import { EveryoneMenu } from "./EveryoneMenu";
import { useHoldToTalk } from "./holdToTalk";
import { LeaveButton } from "./LeaveButton";
import { CameraButton, MicrophoneButton, ScreenButton } from "./MediaButtons";
import { QualityMark, useQualityWords } from "./QualityMark";
import { useCallAttempt } from "./useCallAttempt";
import { useTalkKey } from "./useTalkKey";

interface CallBarProps {
  room: string;
  view: CallView | null;
}

/** The buttons of whoever is in the call, the same for everybody; teachers have one more. */
export function CallBar({ room, view }: CallBarProps) {
  const { t } = useTranslation();
  const call = useCallClient();
  const attempt = useCallAttempt();
  const moderates = useTwinSpace((state) => callRefusal(state, room, "moderate_call") === null);
  const mayTalk = useTwinSpace(
    (state) => state.call.mine.talking || ownMedium(state, "audio").state === "off",
  );
  const [holdsToTalk, setHoldsToTalk] = useHoldToTalk();
  const [isSettingsOpen, setSettingsOpen] = useState(false);
  const talk = useCallback((pressed: boolean) => call.controls.pushToTalk(pressed), [call]);
  useTalkKey(mayTalk, talk);

  return (
    <div
      className="call-bar"
      role="toolbar"
      aria-label={t("call.bar.label")}
      data-testid="call-bar"
    >
      <OwnQuality />
      <div className="call-bar__buttons">
        <MicrophoneButton holdsToTalk={holdsToTalk} />
        <CameraButton />
        <ScreenButton />
        <HandButton room={room} />
        {moderates && view !== null && <EveryoneMenu view={view} />}
        <BarButton
          icon="settings"
          label={t("call.bar.settings")}
          onPress={() => setSettingsOpen(true)}
        />
      </div>
      <div className="call-bar__end">
        <LeaveButton room={room} view={view} />
      </div>
      {isSettingsOpen && (
        <CallSettings
          holdsToTalk={holdsToTalk}
          onHoldsToTalk={(isChosen) => {
            setHoldsToTalk(isChosen);
            if (isChosen) {
              void attempt(() => call.controls.setMicrophone(false));
            }
          }}
          onClose={() => setSettingsOpen(false)}
        />
      )}
    </div>
  );
}

function HandButton({ room }: { room: string }) {
  const { t } = useTranslation();
  const call = useCallClient();
  const attempt = useCallAttempt();
  const place = useTwinSpace((state) => handPlace(state, room, state.call.mine.me ?? ""));
  const mayRaise = useTwinSpace((state) => callRefusal(state, room, "raise_hand") === null);
  const isUp = place !== null;
  return (
    <BarButton
      icon="hand"
      data-control="hand"
      label={t("call.bar.hand")}
      hint={isUp ? t("call.bar.handUp", { place }) : t("call.bar.handDown")}
      isOn={isUp}
      look={isUp ? "active" : "plain"}
      isDisabled={!mayRaise && !isUp}
      onPress={() => void attempt(() => call.raiseHand(!isUp))}
    />
  );
}

/** There is space for words beside the buttons. */
const WIDE = "(min-width: 1080px)";

function OwnQuality() {
  const quality = useTwinSpace((state) => state.call.mine.quality);
  const words = useQualityWords(quality);
  const isWide = useMediaQuery(WIDE);
  return (
    <p className="call-bar__quality" data-testid="own-quality" data-quality={quality}>
      <QualityMark quality={quality} isSilent={isWide} />
      {isWide && <span>{words}</span>}
    </p>
  );
}
