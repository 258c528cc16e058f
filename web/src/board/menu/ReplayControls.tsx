import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { Choice } from "../../ui/Field";
import type { Deed, Replay, Step } from "./replay";
import { type Player, SPEEDS } from "./usePlayer";

interface ReplayControlsProps {
  replay: Replay;
  player: Player;
  names: Readonly<Record<string, string>>;
}

/** The slider of a replay, and what is at the moment that it shows. */
export function ReplayControls({ replay, player, names }: ReplayControlsProps) {
  const { t, i18n } = useTranslation();
  const total = replay.steps.length;
  const step = replay.steps[player.step - 1];
  const nameOf = ({ actor }: Step) => names[actor] ?? t("common.somebody");
  const now =
    step === undefined
      ? t("boardMenu.replay.start")
      : deedWords(t, step.deed, { name: nameOf(step), count: step.count });
  const format = new Intl.DateTimeFormat(i18n.language, {
    dateStyle: "medium",
    timeStyle: "medium",
  });
  const shownAt = step ?? replay.steps[0];
  const time = shownAt === undefined ? "" : format.format(shownAt.at);
  return (
    <div className="replay__controls">
      <label className="replay__slider">
        <span className="visually-hidden">{t("boardMenu.replay.slider")}</span>
        <input
          type="range"
          min={0}
          max={total}
          value={player.step}
          aria-valuetext={t("boardMenu.replay.position", { step: player.step, total, time, now })}
          onChange={(event) => player.seek(Number(event.currentTarget.value))}
        />
      </label>
      <div className="replay__row">
        <Button look="primary" icon={player.isPlaying ? "pause" : "play"} onPress={player.toggle}>
          {player.isPlaying ? t("boardMenu.replay.pause") : t("boardMenu.replay.play")}
        </Button>
        <p className="replay__now">
          <time>{time}</time>
          <span dir="auto">{now}</span>
        </p>
        <Choice
          label={t("boardMenu.replay.speed")}
          value={String(player.speed)}
          onChange={(value) => player.setSpeed(Number(value))}
        >
          {SPEEDS.map((speed) => (
            <option key={speed} value={speed}>
              {t("boardMenu.replay.times", { speed })}
            </option>
          ))}
        </Choice>
      </div>
    </div>
  );
}

function deedWords(t: TFunction, deed: Deed, values: { name: string; count: number }): string {
  switch (deed) {
    case "drew":
      return t("boardMenu.replay.drew", values);
    case "changed":
      return t("boardMenu.replay.changed", values);
    case "deleted":
      return t("boardMenu.replay.deleted", values);
    case "cleared":
      return t("boardMenu.replay.cleared", values);
    case "restored":
      return t("boardMenu.replay.restored", values);
    case "hid":
      return t("boardMenu.replay.hid", values);
    case "showed":
      return t("boardMenu.replay.showed", values);
  }
}
