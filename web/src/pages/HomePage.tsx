import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { asCommandFailed, type CommandFailed } from "../connection/failure";
import { listSessions, type SignedIn } from "../connection/session";
import { failureText } from "../locales/i18n";
import { useComingBack } from "../offline/useComingBack";
import { ReportButton } from "../report/ReportButton";
import { goTo, twinSpacePath } from "../route";
import { Avatar } from "../ui/Avatar";
import { Button } from "../ui/Button";
import { Threshold } from "./Threshold";

type Loaded = { sessions: SignedIn[] } | { failure: CommandFailed } | null;

/** Who is this? The persons that this browser is signed in as, or how to get in. */
export function HomePage() {
  const { t } = useTranslation();
  const [loaded, setLoaded] = useState<Loaded>(null);

  const load = useCallback(() => {
    listSessions()
      .then((sessions) => setLoaded({ sessions }))
      .catch((error: unknown) => setLoaded({ failure: asCommandFailed(error) }));
  }, []);
  useEffect(load, [load]);
  useComingBack(loaded !== null && "failure" in loaded, load);

  if (loaded === null) {
    return (
      <Threshold title={t("home.title")}>
        <p className="visually-hidden">{t("app.loading")}</p>
        <span className="skeleton skeleton--tall" />
      </Threshold>
    );
  }
  if ("failure" in loaded) {
    return (
      <Threshold title={t("home.title")}>
        <p>{t("home.failed")}</p>
        <p className="card__soft">{failureText(t, loaded.failure.code, loaded.failure.message)}</p>
        <div className="card__actions">
          <Button look="primary" icon="refresh" onPress={load}>
            {t("common.tryAgain")}
          </Button>
          <ReportButton />
        </div>
      </Threshold>
    );
  }
  if (loaded.sessions.length === 0) {
    return (
      <Threshold title={t("home.emptyTitle")}>
        <p>{t("home.emptyText")}</p>
        <p className="card__soft">{t("home.emptyHint")}</p>
      </Threshold>
    );
  }
  return (
    <Threshold title={t("home.title")}>
      <p className="card__soft">{t("home.intro")}</p>
      <ul className="person-list">
        {loaded.sessions.map((session) => (
          <li key={`${session.project}/${session.member}`}>
            <PersonLink session={session} />
          </li>
        ))}
      </ul>
    </Threshold>
  );
}

function PersonLink({ session }: { session: SignedIn }) {
  const { project, member, name, title } = session;
  const path = twinSpacePath(project, member);
  return (
    <a
      className="person-list__link"
      href={path}
      onClick={(event) => {
        if (!event.metaKey && !event.ctrlKey && !event.shiftKey) {
          event.preventDefault();
          goTo(path);
        }
      }}
    >
      <Avatar name={name} classNumber={null} country={null} />
      <span>
        <span className="person-list__name" dir="auto">
          {name}
        </span>
        <span className="person-list__project" dir="auto">
          {title}
        </span>
      </span>
    </a>
  );
}
