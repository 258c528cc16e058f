import "./paper.css";
import { type ReactNode, useEffect, useState } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { directionOf, type Language } from "../locales/languages";
import { Button } from "../ui/Button";
import { Confirm } from "../ui/Dialog";
import { PaperCard } from "./PaperCard";
import { ReachWarning } from "./ReachWarning";
import type { Sheet } from "./requests";
import { pagesOf } from "./sheets";
import { useCardWords } from "./useCardWords";

interface SheetPreviewProps {
  sheet: Sheet;
  language: Language;
  onClose(): void;
}

/** The pages as they will come out of the printer. They are shown this once: nobody keeps links. */
export function SheetPreview({ sheet, language, onClose }: SheetPreviewProps) {
  const { t } = useTranslation();
  const words = useCardWords(language);
  const [isPrinted, setPrinted] = useState(false);
  const [isAsking, setAsking] = useState(false);
  usePrintsOnlyThis();
  // As a class list, by which they are handed out.
  const collator = new Intl.Collator(language);
  const inOrder = [...sheet.cards].sort((one, other) => collator.compare(one.name, other.name));

  useEffect(() => {
    const note = () => setPrinted(true);
    window.addEventListener("afterprint", note);
    return () => window.removeEventListener("afterprint", note);
  }, []);

  function close(): void {
    if (isPrinted) {
      onClose();
    } else {
      setAsking(true);
    }
  }

  return (
    <Whole onClose={close}>
      <div className="paper-bar">
        <div className="paper-bar__words">
          <Heading slot="title" className="paper-bar__title">
            {t("sheet.ready", { count: sheet.cards.length })}
          </Heading>
          <p className="paper-bar__text">{t("sheet.shownOnce")}</p>
          <ReachWarning site={sheet.site} of="cards" />
        </div>
        <div className="paper-bar__buttons">
          <Button onPress={close}>{t("common.close")}</Button>
          <Button
            look="primary"
            icon="print"
            autoFocus
            isDisabled={words === null}
            onPress={() => window.print()}
          >
            {t("sheet.print")}
          </Button>
        </div>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keyboard */}
      <div className="paper-scroller" tabIndex={0}>
        {words !== null && (
          <div className="papers" lang={language} dir={directionOf(language)} data-testid="papers">
            {pagesOf(inOrder).map((cards) => (
              <section className="paper" key={cards[0]?.member}>
                {cards.map((card) => (
                  <PaperCard
                    key={card.member}
                    card={card}
                    sheet={sheet}
                    words={words}
                    language={language}
                  />
                ))}
              </section>
            ))}
          </div>
        )}
      </div>
      {isAsking && (
        <Confirm
          title={t("sheet.closeTitle")}
          text={t("sheet.closeText")}
          confirm={t("common.close")}
          danger={false}
          onConfirm={onClose}
          onClose={() => setAsking(false)}
        />
      )}
    </Whole>
  );
}

/** A dialog as large as the window: a page of paper needs it. */
function Whole({ onClose, children }: { onClose(): void; children: ReactNode }) {
  return (
    <ModalOverlay className="paper-scrim" isOpen onOpenChange={(isOpen) => isOpen || onClose()}>
      <Modal className="paper-whole">
        <AriaDialog className="paper-dialog">{children}</AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** What is printed is the pages, not the classroom behind them: see paper.css. */
function usePrintsOnlyThis(): void {
  useEffect(() => {
    document.documentElement.setAttribute("data-prints", "papers");
    return () => document.documentElement.removeAttribute("data-prints");
  }, []);
}
