import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useCallClient } from "./callContext";

/** Louder than an empty room. */
const HEARD = 0.04;

/** So long without a sound, and one should look whether it is the right microphone. */
const SILENT_MS = 6_000;

/** How loud the own microphone is: a bar for the eye, and in words whether anything is heard. */
export function LevelMeter() {
  const { t } = useTranslation();
  const call = useCallClient();
  const bar = useRef<HTMLSpanElement>(null);
  const [heard, setHeard] = useState<"waiting" | "heard" | "silent">("waiting");

  useEffect(() => {
    const timer = setTimeout(
      () => setHeard((before) => (before === "waiting" ? "silent" : before)),
      SILENT_MS,
    );
    const stop = call.devices.meter((level) => {
      // Twenty times a second: past React.
      bar.current?.style.setProperty("transform", `scaleX(${Math.min(1, level).toFixed(2)})`);
      if (level > HEARD) {
        setHeard("heard");
      }
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [call]);

  const words = {
    waiting: t("call.devices.saySomething"),
    heard: t("call.devices.heard"),
    silent: t("call.devices.silent"),
  };
  return (
    <div className="level" data-heard={heard}>
      <span className="level__track" aria-hidden="true">
        <span ref={bar} className="level__bar" />
      </span>
      <p className="field__hint" role="status">
        {words[heard]}
      </p>
    </div>
  );
}
