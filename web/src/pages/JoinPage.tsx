import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { asCommandFailed, type CommandFailed } from "../connection/failure";
import { acceptInvitation, type InvitationPreview, previewInvitation } from "../connection/session";
import { failureText } from "../locales/i18n";
import { useComingBack } from "../offline/useComingBack";
import { CHECK_HASH } from "../rehearsal/rehearsal";
import { ReportButton } from "../report/ReportButton";
import { goTo, twinSpacePath } from "../route";
import { Button } from "../ui/Button";
import { useNotices } from "../ui/Notices";
import { countryName, flagOf } from "../ui/places";
import { Threshold } from "./Threshold";

type Looked =
  | { at: "looking" }
  | { at: "missing" }
  | { at: "found"; preview: InvitationPreview }
  | { at: "refused"; failure: CommandFailed };

/** The door: an invitation link was opened. Its token is in the fragment, which browsers send to nobody. */
export function JoinPage() {
  const token = useToken();
  // Another link is another door: what is still asked or pressed at this one has nothing to do with it.
  return <Door key={token} token={token} />;
}

function Door({ token }: { token: string }) {
  const [looked, setLooked] = useState<Looked>({ at: "looking" });

  const look = useCallback(() => {
    if (token === "") {
      setLooked({ at: "missing" });
      return;
    }
    previewInvitation(token)
      .then((preview) => setLooked({ at: "found", preview }))
      .catch((error: unknown) => setLooked({ at: "refused", failure: asCommandFailed(error) }));
  }, [token]);
  useEffect(look, [look]);
  useComingBack(looked.at === "refused" && looked.failure.retry, look);

  switch (looked.at) {
    case "looking":
      return <Looking />;
    case "missing":
      return <Missing />;
    case "refused":
      return looked.failure.retry ? (
        <NoAnswer failure={looked.failure} onRetry={look} />
      ) : (
        <Spent failure={looked.failure} />
      );
    case "found":
      if (looked.preview.state === "used") {
        return <Spent failure={null} />;
      }
      return <Invited token={token} preview={looked.preview} />;
  }
}

/** Another link may be pasted into the same tab: only the fragment changes then. */
function useToken(): string {
  const [token, setToken] = useState(() => window.location.hash.slice(1));
  useEffect(() => {
    const onChange = () => setToken(window.location.hash.slice(1));
    window.addEventListener("hashchange", onChange);
    return () => window.removeEventListener("hashchange", onChange);
  }, []);
  return token;
}

function Looking() {
  const { t } = useTranslation();
  return (
    <Threshold title={t("join.entering")}>
      <span className="skeleton" />
      <span className="skeleton skeleton--tall" />
    </Threshold>
  );
}

function Missing() {
  const { t } = useTranslation();
  return (
    <Threshold title={t("join.missingTitle")}>
      <p>{t("join.missingText")}</p>
      <HomeLink />
    </Threshold>
  );
}

function NoAnswer({ failure, onRetry }: { failure: CommandFailed; onRetry(): void }) {
  const { t } = useTranslation();
  return (
    <Threshold title={t("join.failedTitle")}>
      <p>{t("join.failedText")}</p>
      {failure.code !== "no_answer" && (
        <p className="card__soft">{failureText(t, failure.code, failure.message)}</p>
      )}
      <div className="card__actions">
        <Button look="primary" icon="refresh" onPress={onRetry}>
          {t("common.tryAgain")}
        </Button>
        <ReportButton />
      </div>
    </Threshold>
  );
}

function Spent({ failure }: { failure: CommandFailed | null }) {
  const { t } = useTranslation();
  const isOrdinary = failure === null || failure.code === "invitation_invalid";
  return (
    <Threshold title={t("join.spentTitle")}>
      <p>
        {isOrdinary ? t("join.spentText") : failureText(t, failure.code, failure.message)}{" "}
        {t("join.spentTeacher")}
      </p>
      <p className="card__soft">{t("join.spentSameBrowser")}</p>
      <HomeLink />
    </Threshold>
  );
}

function HomeLink() {
  const { t } = useTranslation();
  return (
    <div className="card__actions">
      <Button onPress={() => goTo("/", true)}>{t("join.spentHome")}</Button>
    </div>
  );
}

function Invited({ token, preview }: { token: string; preview: InvitationPreview }) {
  const { t } = useTranslation();
  const { attempt } = useNotices();
  const [isEntering, setEntering] = useState(false);
  const isBack = preview.state === "used_by_you";
  const { name } = preview;

  async function enter(hash = ""): Promise<void> {
    setEntering(true);
    const entered = await attempt(async () => {
      const { project, member } = isBack ? preview : await acceptInvitation(token);
      // Replaced, so that the spent token is neither in the address bar nor in the history.
      goTo(twinSpacePath(project, member) + hash, true);
    });
    if (!entered) {
      setEntering(false);
    }
  }

  return (
    <Threshold title={t(isBack ? "join.backTitle" : "join.welcome", { name })}>
      {isBack && <p>{t("join.backText")}</p>}
      <Facts preview={preview} />
      <div className="card__actions">
        <Button
          look="primary"
          icon="door"
          isDisabled={isEntering}
          onPress={() => void enter()}
          autoFocus
        >
          {isEntering ? t("join.entering") : t(isBack ? "join.continue" : "join.enter", { name })}
        </Button>
        <Button look="quiet" isDisabled={isEntering} onPress={() => void enter(CHECK_HASH)}>
          {t("join.check")}
        </Button>
      </div>
      <p className="card__soft">
        {t("join.notYou")} {!isBack && t("join.onceHint")}
      </p>
    </Threshold>
  );
}

function Facts({ preview }: { preview: InvitationPreview }) {
  const { t, i18n } = useTranslation();
  const { title, class_name, school, country, role } = preview;
  return (
    <dl className="invitation-facts">
      <div>
        <dt>{t("join.invited")}</dt>
        <dd dir="auto">{title}</dd>
      </div>
      {class_name !== null && (
        <div>
          <dt>{t("join.yourClass")}</dt>
          <dd dir="auto">{class_name}</dd>
          <dd className="invitation-facts__more">
            <bdi>{school}</bdi>
            {country !== null && (
              <>
                {" · "}
                <span aria-hidden="true">{flagOf(country)}</span>{" "}
                {countryName(country, i18n.language)}
              </>
            )}
          </dd>
        </div>
      )}
      <div>
        <dt>{t("join.yourRole")}</dt>
        <dd>{t(`roles.${role}`)}</dd>
      </div>
    </dl>
  );
}
