import type { TFunction } from "i18next";
import { formatLocale } from "../ui/places";
import type { Card, QrCode, Sheet } from "./requests";

interface PaperCardProps {
  card: Card;
  sheet: Sheet;
  /** In the language of the cards. */
  words: TFunction;
  language: string;
}

/** What one pupil takes home: whose it is, the code, what to do, and until when. */
export function PaperCard({ card, sheet, words, language }: PaperCardProps) {
  const until = new Intl.DateTimeFormat(formatLocale(language), { dateStyle: "long" });
  return (
    <article className="paper-card" data-testid="paper-card">
      <header>
        <h2 className="paper-card__name" dir="auto">
          {card.name}
        </h2>
        <p className="paper-card__class">
          <bdi>{sheet.class.name}</bdi> · <bdi>{sheet.title}</bdi>
        </p>
      </header>
      <div className="paper-card__words">
        <ol className="paper-card__steps">
          <li>{words("sheet.card.scan")}</li>
          <li>{words("sheet.card.enter")}</li>
        </ol>
        <p className="paper-card__more">{words("sheet.card.yours")}</p>
      </div>
      <Code qr={card.qr} label={words("sheet.card.code", { name: card.name })} />
      <p className="paper-card__foot">
        <bdi className="paper-card__site" dir="ltr">
          {sheet.site}
        </bdi>
        <span>{words("sheet.card.until", { when: until.format(sheet.expires_at) })}</span>
      </p>
    </article>
  );
}

/** Modules of white around a code, without which cameras do not find it (ISO/IEC 18004, 6.3.8). */
const QUIET_ZONE = 4;

function Code({ qr, label }: { qr: QrCode; label: string }) {
  const side = qr.size + 2 * QUIET_ZONE;
  return (
    <svg
      className="paper-card__code"
      viewBox={`${-QUIET_ZONE} ${-QUIET_ZONE} ${side} ${side}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
    >
      <path d={qr.path} />
    </svg>
  );
}
