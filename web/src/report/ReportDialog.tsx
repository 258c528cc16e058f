import "./report.css";
import { useContext, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { StoreContext } from "../state/store";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { makeReport, type Report, reportText, sendReport } from "./report";

/** Shows what would be told about a problem, every word of it, before anything is copied, saved or sent. */
export default function ReportDialog({ onClose }: { onClose(): void }) {
  const { t, i18n } = useTranslation();
  const store = useContext(StoreContext);
  const [report, setReport] = useState<Report | null>(null);
  const [text, setText] = useState("");
  const box = useRef<HTMLTextAreaElement>(null);
  const id = useId();

  // biome-ignore lint/correctness/useExhaustiveDependencies: as it was when the dialog was opened
  useEffect(() => {
    let isGone = false;
    const waiting = store?.getState().outgoing.length ?? 0;
    void makeReport(i18n.language, waiting).then((made) => {
      if (!isGone) {
        setReport(made);
        setText(reportText(made, new Date()));
      }
    });
    return () => {
      isGone = true;
    };
  }, []);

  return (
    <Dialog title={t("report.title")} wide onClose={onClose}>
      <p className="dialog__text">{t("report.intro")}</p>
      {report === null ? (
        <p role="status">{t("report.looking")}</p>
      ) : (
        <div className="field">
          <label className="field__label" htmlFor={id}>
            {t("report.content")}
          </label>
          <textarea
            id={id}
            ref={box}
            className="report__text"
            dir="ltr"
            lang="en"
            readOnly
            rows={10}
            value={text}
          />
        </div>
      )}
      <Ways report={report} text={text} box={box} onClose={onClose} />
    </Dialog>
  );
}

type Sent = { at: "before" } | { at: "sending" } | { at: "failed" } | { at: "sent"; as: string };

interface WaysProps {
  report: Report | null;
  text: string;
  box: React.RefObject<HTMLTextAreaElement | null>;
  onClose(): void;
}

/** Where the report may go: by the person's own hand, or to the server. */
function Ways({ report, text, box, onClose }: WaysProps) {
  const { t } = useTranslation();
  const [isCopied, setCopied] = useState(false);
  const [sent, setSent] = useState<Sent>({ at: "before" });
  const done = useRef<HTMLButtonElement>(null);

  async function copy(): Promise<void> {
    box.current?.select();
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // No clipboard without TLS: the text is selected, to be copied by hand.
    }
  }

  async function send(whole: Report): Promise<void> {
    if (sent.at === "sending") {
      return;
    }
    setSent({ at: "sending" });
    const reference = await sendReport(whole);
    if (reference !== null) {
      done.current?.focus(); // the button that has it goes away
    }
    setSent(reference === null ? { at: "failed" } : { at: "sent", as: inGroups(reference) });
  }

  return (
    <>
      <p className="report__sent" role="status">
        {sent.at === "sent" && t("report.sent", { reference: sent.as })}
        {sent.at === "failed" && t("report.notSent")}
      </p>
      <div className="dialog__buttons">
        <Button ref={done} onPress={onClose}>
          {t("common.close")}
        </Button>
        <Button isDisabled={report === null} onPress={() => save(text)}>
          {t("report.save")}
        </Button>
        <Button icon="copy" isDisabled={report === null} onPress={() => void copy()}>
          {t(isCopied ? "common.copied" : "common.copy")}
        </Button>
        {sent.at !== "sent" && (
          <Button
            look="primary"
            icon="send"
            isDisabled={report === null}
            onPress={() => report !== null && void send(report)}
          >
            {t("report.send")}
          </Button>
        )}
      </div>
    </>
  );
}

/** Read out in two halves. */
function inGroups(reference: string): string {
  return `${reference.slice(0, 4)}\u00A0${reference.slice(4)}`;
}

function save(text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = "problem-report.txt";
  link.click();
  URL.revokeObjectURL(url);
}
