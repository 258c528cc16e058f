import { type CSSProperties, type ReactNode, useRef } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { type Part, sizeOf } from "./arrangement";
import { PART_ICONS } from "./PartBar";
import type { Grid } from "./space";
import { usePlaceOfRoom } from "./usePlace";

interface PartFrameProps {
  part: Part;
  grid: Grid;
  /** A phone has no small parts but the call, which has no head there. */
  hasHead: boolean;
  children: ReactNode;
}

/** One part of the classroom in its place. A small one has a head, with which it becomes large or goes away. */
export function PartFrame({ part, grid, hasHead, children }: PartFrameProps) {
  const { t } = useTranslation();
  const place = usePlaceOfRoom();
  const frame = useRef<HTMLDivElement>(null);
  const spot = grid.places[part];
  const arranged = sizeOf(place.shown, part);
  // On a phone the call is a strip above whatever else is shown.
  const size = !hasHead && spot !== undefined && arranged === "away" ? "small" : arranged;
  const names: Record<Part, string> = {
    people: t("place.people"),
    chat: t("place.chat"),
    call: t("place.call"),
    board: t("place.board"),
  };
  const name = names[part];
  const style: CSSProperties = spot === undefined ? {} : { gridColumn: spot[0], gridRow: spot[1] };

  /** The button that was pressed goes: the focus stays near. */
  function enlarge(): void {
    place.enlarge(part);
    frame.current?.focus();
  }

  function putAway(): void {
    place.putAway(part);
    document.querySelector<HTMLElement>(`.part-button[data-part="${part}"]`)?.focus();
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: no fields of a form; a landmark each would be too many
    <div
      className="part"
      ref={frame}
      role="group"
      aria-label={name}
      tabIndex={-1}
      data-testid={`part-${part}`}
      data-part={part}
      data-size={size}
      hidden={spot === undefined}
      style={style}
    >
      {size === "small" && hasHead && (
        <div className="part__head">
          <span className="part__name" aria-hidden="true">
            <Icon name={PART_ICONS[part]} size={16} />
            {name}
          </span>
          <IconButton
            small
            icon="large"
            label={t("place.enlarge", { part: name })}
            onPress={enlarge}
          />
          <IconButton
            small
            icon="close"
            label={t("place.putAway", { part: name })}
            onPress={putAway}
          />
        </div>
      )}
      {/* A small board is a picture: nobody gets lost among tools that are not there. */}
      <div className="part__body" inert={part === "board" && size === "small"}>
        {children}
      </div>
      {size === "small" && part === "board" && (
        // As the button of the head, for who points at the board itself.
        <button
          type="button"
          className="part__cover"
          tabIndex={-1}
          aria-hidden="true"
          onClick={enlarge}
        />
      )}
    </div>
  );
}
