import { useTranslation } from "react-i18next";
import type { Quality } from "../protocol/generated";

const BARS: Record<Quality, number> = { unknown: 0, poor: 1, fair: 2, good: 3 };

/** How good a connection is: three bars, and the words for them. */
export function QualityMark({ quality, isSilent }: { quality: Quality; isSilent?: boolean }) {
  const words = useQualityWords(quality);
  return (
    <span className="quality" data-quality={quality} title={words}>
      <svg width="18" height="14" viewBox="0 0 18 14" aria-hidden="true" focusable="false">
        {[1, 2, 3].map((bar) => (
          <rect
            key={bar}
            className="quality__bar"
            data-on={bar <= BARS[quality]}
            x={(bar - 1) * 6 + 0.5}
            y={13.5 - bar * 4}
            width="4"
            height={bar * 4}
            rx="1"
          />
        ))}
      </svg>
      {isSilent !== true && <span className="visually-hidden">{words}</span>}
    </span>
  );
}

export function useQualityWords(quality: Quality): string {
  const { t } = useTranslation();
  switch (quality) {
    case "good":
      return t("call.quality.good");
    case "fair":
      return t("call.quality.fair");
    case "poor":
      return t("call.quality.poor");
    case "unknown":
      return t("call.quality.unknown");
  }
}
