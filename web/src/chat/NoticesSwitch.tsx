import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useTwinSpace } from "../state/store";
import { Switch } from "../ui/Switch";
import { areNoticesOn, noticePermission, switchNotices } from "./notices";

/** In the settings: whether this device tells its person about mentions. Not there where a browser cannot. */
export function NoticesSwitch() {
  const { t } = useTranslation();
  const me = useTwinSpace((state) => state.me);
  const [isOn, setOn] = useState(me !== null && areNoticesOn(me));
  const [permission, setPermission] = useState(noticePermission);
  if (me === null || permission === "impossible") {
    return null;
  }

  async function change(wanted: boolean): Promise<void> {
    if (me !== null) {
      setOn(await switchNotices(me, wanted));
      setPermission(noticePermission());
    }
  }

  const off = permission === "denied" ? t("notices.denied") : t("notices.off");
  return (
    <Switch
      label={t("notices.label")}
      meaning={isOn ? t("notices.on") : off}
      isOn={isOn}
      onChange={(wanted) => void change(wanted)}
    />
  );
}
