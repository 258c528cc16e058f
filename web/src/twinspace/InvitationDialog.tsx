import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Invitation } from "../protocol/generated";
import { ReachWarning } from "../sheet/ReachWarning";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { useNotices } from "../ui/Notices";
import { dateTime } from "../ui/places";
import { useConnection } from "./connectionContext";

interface InvitationDialogProps {
  member: string;
  name: string;
  onClose(): void;
}

/** Makes a one-time link and shows it, this once. */
export function InvitationDialog({ member, name, onClose }: InvitationDialogProps) {
  const { t, i18n } = useTranslation();
  const connection = useConnection();
  const { attempt } = useNotices();
  const [invitation, setInvitation] = useState<Invitation | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: once per dialog, for each link ends the one before
  useEffect(() => {
    let isGone = false;
    void attempt(async () => {
      const made = await connection.invite(member);
      if (!isGone) {
        setInvitation(made);
      }
    }).then((isMade) => isMade || isGone || onClose());
    return () => {
      isGone = true;
    };
  }, [member]);

  return (
    <Dialog title={t("invitation.title", { name })} onClose={onClose}>
      <p>{t("invitation.text", { name })}</p>
      {invitation === null ? (
        <>
          <span className="skeleton" />
          <p className="dialog__text">{t("invitation.making")}</p>
        </>
      ) : (
        <>
          <ReachWarning site={new URL(invitation.url).host} of="link" />
          <LinkToCopy url={invitation.url} />
          <p className="dialog__text">
            {t("invitation.once")}{" "}
            {t("invitation.expires", { when: dateTime(invitation.expires_at, i18n.language) })}
          </p>
        </>
      )}
      <div className="dialog__buttons">
        <Button onPress={onClose}>{t("common.close")}</Button>
      </div>
    </Dialog>
  );
}

function LinkToCopy({ url }: { url: string }) {
  const { t } = useTranslation();
  const [isCopied, setCopied] = useState(false);

  async function copy(input: HTMLInputElement | null): Promise<void> {
    input?.select();
    try {
      await navigator.clipboard.writeText(url);
      setCopied(true);
    } catch {
      // No clipboard without TLS: the link is selected, to be copied by hand.
    }
  }

  return (
    <div className="link-to-copy">
      <input
        id="invitation-link"
        className="field__input"
        dir="ltr"
        readOnly
        value={url}
        aria-label={t("invitation.link")}
        onFocus={(event) => event.currentTarget.select()}
      />
      <Button
        look="primary"
        icon={isCopied ? "check" : "copy"}
        onPress={() => void copy(document.querySelector("#invitation-link"))}
      >
        {isCopied ? t("common.copied") : t("invitation.copy")}
      </Button>
    </div>
  );
}
