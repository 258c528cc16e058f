import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { TIMER_SECONDS_MAX } from "../protocol/generated";
import { useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { useIsHere } from "../ui/asking";
import { Button } from "../ui/Button";
import { useNotices } from "../ui/Notices";

const MINUTE_S = 60;

/** Minutes that lessons are made of. */
const USUAL = [1, 2, 5, 10, 15];

/** Starts the timer of the project, or stops it. */
export function TimerForm({ room, onDone }: { room: string; onDone(): void }) {
  const { t } = useTranslation();
  const connection = useConnection();
  const { attempt } = useNotices();
  const isHere = useIsHere();
  const isSet = useTwinSpace((state) => state.project?.view.timer != null);
  const [own, setOwn] = useState("");
  const minutes = Number(own);
  const isValid =
    Number.isInteger(minutes) && minutes >= 1 && minutes * MINUTE_S <= TIMER_SECONDS_MAX;

  async function set(seconds: number | null): Promise<void> {
    const isDone = await attempt(() => connection.change("timer.set", { room, seconds }));
    if (isDone && isHere()) {
      onDone();
    }
  }

  function start(event: FormEvent): void {
    event.preventDefault();
    if (isValid) {
      void set(minutes * MINUTE_S);
    }
  }

  return (
    <section className="lesson-tool" aria-labelledby="lesson-timer">
      <h3 id="lesson-timer">{t("lesson.timer.title")}</h3>
      <p className="lesson-tool__text">{t("lesson.timer.text")}</p>
      <div className="lesson-tool__row">
        {USUAL.map((count) => (
          <Button key={count} onPress={() => void set(count * MINUTE_S)}>
            {t("lesson.timer.minutes", { count })}
          </Button>
        ))}
        {isSet && (
          <Button look="danger" onPress={() => void set(null)}>
            {t("lesson.timer.stop")}
          </Button>
        )}
      </div>
      <form className="lesson-tool__own" onSubmit={start}>
        <label className="field__label" htmlFor="lesson-minutes">
          {t("lesson.timer.own")}
        </label>
        <input
          id="lesson-minutes"
          className="field__input"
          type="number"
          inputMode="numeric"
          min={1}
          max={TIMER_SECONDS_MAX / MINUTE_S}
          step={1}
          value={own}
          onChange={(event) => setOwn(event.currentTarget.value)}
        />
        <Button type="submit" isDisabled={!isValid}>
          {t("lesson.timer.start")}
        </Button>
      </form>
    </section>
  );
}
