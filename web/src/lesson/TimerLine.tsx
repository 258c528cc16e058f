import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Timer } from "../protocol/generated";
import { useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { useNotices } from "../ui/Notices";
import { playChime } from "./chime";
import { focusTools } from "./focus";
import { Said } from "./Said";
import { clockText, UP_SHOWN_S, useSecondsLeft } from "./time";

const MINUTE_S = 60;

/** The project's timer while it runs, and a calm mark for a while after its end. */
export function TimerLine({ timer, room }: { timer: Timer; room: string }) {
  const { t, i18n } = useTranslation();
  const left = useSecondsLeft(timer.ends_at);
  const isUp = left <= 0;
  useChime(isUp);
  if (left <= -UP_SHOWN_S) {
    return null;
  }
  const text = clockText(left, i18n.language);
  return (
    <section
      className="strip lesson-timer"
      data-up={isUp}
      aria-label={t("lesson.timer.title")}
      data-testid="timer"
    >
      <Icon name="clock" />
      {isUp ? (
        <strong className="lesson-timer__time">{t("lesson.timer.up")}</strong>
      ) : (
        <>
          <strong className="lesson-timer__time" role="timer" aria-label={t("lesson.timer.left")}>
            {text}
          </strong>
          <progress
            className="lesson-timer__bar"
            aria-hidden="true"
            max={timer.seconds}
            value={left}
          />
        </>
      )}
      <TimerButtons room={room} left={left} />
      <TimerSaid left={left} seconds={timer.seconds} text={text} />
    </section>
  );
}

/** The end is heard by those who were there when it came. */
function useChime(isUp: boolean): void {
  const wasUp = useRef(isUp);
  useEffect(() => {
    if (isUp && !wasUp.current) {
      playChime().catch(() => {}); // it is seen, and read out
    }
    wasUp.current = isUp;
  }, [isUp]);
}

function TimerButtons({ room, left }: { room: string; left: number }) {
  const { t } = useTranslation();
  const connection = useConnection();
  const { attempt } = useNotices();
  const mayLead = useTwinSpace((state) => state.rights[room]?.lead === null);
  const buttons = useRef<HTMLSpanElement>(null);
  if (!mayLead) {
    return null;
  }

  async function set(seconds: number | null): Promise<void> {
    if (await attempt(() => connection.change("timer.set", { room, seconds }))) {
      focusTools(buttons.current); // it begins anew, as another line
    }
  }

  return (
    <span ref={buttons} className="lesson-strip__buttons">
      <Button look="quiet" small onPress={() => void set(Math.max(left, 0) + MINUTE_S)}>
        {t("lesson.timer.more")}
      </Button>
      <Button look="quiet" small onPress={() => void set(null)}>
        {t(left > 0 ? "lesson.timer.stop" : "lesson.poll.putAway")}
      </Button>
    </span>
  );
}

interface TimerSaidProps {
  left: number;
  seconds: number;
  /** The time that is left, in words of a clock. */
  text: string;
}

/** Said when it starts, a minute before its end, and at the end: not each second. */
function TimerSaid({ left, seconds, text }: TimerSaidProps) {
  const { t } = useTranslation();
  const atStart = useRef(text);
  if (left <= 0) {
    return <Said text={t("lesson.timer.sayUp")} />;
  }
  if (left <= MINUTE_S && seconds > MINUTE_S) {
    return <Said text={t("lesson.timer.sayMinute")} />;
  }
  return <Said text={t("lesson.timer.sayStarted", { time: atStart.current })} />;
}
