import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Switch } from "../ui/Switch";
import { isChimeOn, switchChime } from "./chime";

/** In the settings: whether the end of a timer is heard on this device. */
export default function ChimeSwitch() {
  const { t } = useTranslation();
  const [isOn, setOn] = useState(isChimeOn);

  function change(wanted: boolean): void {
    switchChime(wanted);
    setOn(wanted);
  }

  return (
    <Switch
      label={t("lesson.sound.label")}
      meaning={t(isOn ? "lesson.sound.on" : "lesson.sound.off")}
      isOn={isOn}
      onChange={change}
    />
  );
}
