import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { CallAsked, CallView } from "../protocol/generated";
import { findParticipant, ownMedium } from "../state/callSelectors";
import { isConnected } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { Button } from "../ui/Button";
import { Icon, type IconName } from "../ui/Icon";
import { useCallClient } from "./callContext";
import { useTroubles } from "./DeviceTrouble";
import { useCallAttempt } from "./useCallAttempt";
import { usePerson } from "./usePerson";

/** What one should know of the call just now, and what one can do about it. */
export function CallNotes({ view }: { view: CallView | null }) {
  return (
    <div className="call-notes" role="status" data-testid="call-notes">
      <LineNote />
      {view?.paused === true && <PausedNote />}
      <SoundNote />
      <AskedNotes />
      <HeldNotes />
      <TroubleNotes />
      <ScreenNote />
    </div>
  );
}

interface NoteProps {
  icon: IconName;
  tone?: "calm" | "warn";
  text: string;
  /** Of the way to the server: the page says that too, when all of it is gone. */
  isOfLine?: boolean;
  children?: ReactNode;
}

function Note({ icon, tone = "calm", text, isOfLine = false, children }: NoteProps) {
  return (
    <div className="call-note" data-tone={tone} data-of-line={isOfLine || undefined}>
      <Icon name={icon} />
      <p className="call-note__text">{text}</p>
      {children}
    </div>
  );
}

/** The way to the server: not there yet, lost, or slow. */
function LineNote() {
  const { t } = useTranslation();
  const phase = useTwinSpace((state) => state.call.mine.phase);
  const isMove = useTwinSpace((state) => state.call.mine.isMove);
  const isOnline = useTwinSpace(isConnected);
  const media = useTwinSpace((state) => state.call.mine.media);
  const choice = useTwinSpace((state) => state.call.mine.bandwidthChoice);
  const now = useTwinSpace((state) => state.call.mine.bandwidthNow);
  if (phase === "reconnecting" && isMove) {
    // On the way sound and pictures go on; then they are connected anew.
    return isOnline ? <Note icon="refresh" text={t("call.note.connecting")} /> : null;
  }
  if (phase === "reconnecting" || (phase === "in" && media === "interrupted")) {
    return <Note icon="refresh" tone="warn" isOfLine text={t("call.note.reconnecting")} />;
  }
  if (phase === "joining" || media === "connecting") {
    return <Note icon="refresh" text={t("call.note.connecting")} />;
  }
  if (choice === "automatic" && now !== "full") {
    const text = t(now === "audio-only" ? "call.note.slowAudioOnly" : "call.note.slowOneCamera");
    return <Note icon="sound" tone="warn" text={text} />;
  }
  return null;
}

function PausedNote() {
  const { t } = useTranslation();
  return <Note icon="pause" tone="warn" text={t("call.note.paused")} />;
}

function SoundNote() {
  const { t } = useTranslation();
  const call = useCallClient();
  const attempt = useCallAttempt();
  const isBlocked = useTwinSpace((state) => state.call.mine.soundBlocked);
  return isBlocked ? (
    <Note icon="sound" tone="warn" text={t("call.note.soundBlocked")}>
      <Button small look="primary" onPress={() => void attempt(() => call.unblockSound())}>
        {t("call.note.unblockSound")}
      </Button>
    </Note>
  ) : null;
}

function AskedNotes() {
  const asked = useTwinSpace((state) => state.call.mine.asked);
  return asked.map((one) => <Asked key={one.medium} asked={one} />);
}

/** A teacher asks for the microphone, the camera or the screen: nothing is switched on without a press. */
function Asked({ asked: { medium, by } }: { asked: CallAsked }) {
  const { t } = useTranslation();
  const call = useCallClient();
  const attempt = useCallAttempt();
  const asking = useTwinSpace((state) => findParticipant(state, by));
  const { owner: name } = usePerson({ member: asking?.member ?? "", kind: "person" });

  async function accept(): Promise<void> {
    const on = {
      audio: () => call.controls.setMicrophone(true),
      video: () => call.controls.setCamera(true),
      screen: () => call.controls.startScreen(),
    };
    call.controls.dismissAsked(medium);
    await on[medium]();
  }

  const text = {
    audio: t("call.note.askedAudio", { name }),
    video: t("call.note.askedVideo", { name }),
    screen: t("call.note.askedScreen", { name }),
  };
  const icon = { audio: "microphone", video: "camera", screen: "screen" } as const;
  return (
    <Note icon={icon[medium]} text={text[medium]}>
      <Button small look="primary" onPress={() => void attempt(accept)}>
        {t("call.note.switchOn")}
      </Button>
      <Button small onPress={() => call.controls.dismissAsked(medium)}>
        {t("call.note.notNow")}
      </Button>
    </Note>
  );
}

function HeldNotes() {
  const { t } = useTranslation();
  const audio = useTwinSpace((state) => ownMedium(state, "audio").state === "held");
  const video = useTwinSpace((state) => ownMedium(state, "video").state === "held");
  if (audio && video) {
    return <Note icon="lock" text={t("call.note.heldBoth")} />;
  }
  if (audio) {
    return <Note icon="microphoneOff" text={t("call.note.heldAudio")} />;
  }
  return video ? <Note icon="cameraOff" text={t("call.note.heldVideo")} /> : null;
}

/** A device was wanted and could not be opened. */
function TroubleNotes() {
  const troubles = useTroubles();
  return troubles.map(({ key, icon, title, text }) => (
    <Note key={key} icon={icon} tone="warn" text={`${title}. ${text}`} />
  ));
}

function ScreenNote() {
  const { t } = useTranslation();
  const call = useCallClient();
  const attempt = useCallAttempt();
  const isOn = useTwinSpace((state) => state.call.mine.own.screen === "on");
  return isOn ? (
    <Note icon="screen" text={t("call.note.sharing")}>
      <Button small onPress={() => void attempt(() => call.controls.stopScreen())}>
        {t("call.note.stopSharing")}
      </Button>
    </Note>
  ) : null;
}
