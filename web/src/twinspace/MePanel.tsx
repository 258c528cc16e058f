import { useState } from "react";
import { Button as AriaButton } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { forgetPerson } from "../connection/memory";
import { signOut } from "../connection/session";
import { useOpenSettings } from "../place/settings";
import { goTo } from "../route";
import { classOf, isStaff, myself } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { Avatar } from "../ui/Avatar";
import { Button } from "../ui/Button";
import { Confirm } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { useNotices } from "../ui/Notices";
import { useConnection } from "./connectionContext";

/** Who one is here, and by way of it the settings; and the way out. */
export function MePanel({ member }: { member: string }) {
  const { t } = useTranslation();
  const { attempt } = useNotices();
  const connection = useConnection();
  const [isAsking, setAsking] = useState(false);
  const openSettings = useOpenSettings();
  const name = useTwinSpace((state) => state.names[member] ?? null);
  const role = useTwinSpace((state) => myself(state)?.role ?? null);
  const own = useTwinSpace((state) => classOf(state, member));

  async function leave(): Promise<void> {
    if (await attempt(() => signOut(member))) {
      forgetPerson(member);
      await connection.forgetPosts();
      goTo("/", true);
    }
  }

  return (
    <div className="me">
      <AriaButton className="me__who" onPress={openSettings}>
        {name !== null && role !== null && (
          <>
            <Avatar
              name={name}
              classNumber={own?.number ?? null}
              country={own?.schoolClass.country ?? null}
            />
            <span className="me__words">
              <span className="me__name">
                <bdi>{t("nav.you", { name })}</bdi>
              </span>
              <span className="me__role">{t(`roles.${role}`)}</span>
            </span>
          </>
        )}
        <span className="me__settings">
          <Icon name="settings" size={18} />
          <span>{t("settings.title")}</span>
        </span>
      </AriaButton>
      <Button look="quiet" small icon="leave" onPress={() => setAsking(true)}>
        {t("nav.signOut")}
      </Button>
      {isAsking && (
        <Confirm
          title={t("nav.signOutTitle")}
          text={t(role !== null && isStaff(role) ? "nav.signOutTeacher" : "nav.signOutText")}
          confirm={t("nav.signOut")}
          onConfirm={() => void leave()}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  );
}
