import { useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import { EMOJI_COLUMNS, EmojiGrid } from "../EmojiGrid";
import type { NamedEmoji } from "./names";

export interface Section {
  id: string;
  label: string;
  /** What it is known by in the row of groups; null when it is not in that. */
  sign: string | null;
  emoji: readonly NamedEmoji[];
}

interface EmojiSectionsProps {
  sections: readonly Section[];
  /** With a heading over each, and a row of buttons that lead to them. */
  hasHeads: boolean;
  onChoose(emoji: string): void;
  /** ArrowUp in the first row. */
  onLeaveUp(): void;
}

/** Emoji below each other in groups, through which arrow keys go as if they were one. Tab goes from group to group. */
export function EmojiSections({ sections, hasHeads, onChoose, onLeaveUp }: EmojiSectionsProps) {
  const { t } = useTranslation();
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const grids = () => [...(list.current?.querySelectorAll<HTMLElement>(".emoji-grid") ?? [])];

  function goTo(index: number): void {
    const grid = grids()[index];
    const section = grid?.closest("section");
    if (section != null && list.current !== null) {
      // Only the list: scrollIntoView would move the page too on a small phone.
      const below = section.getBoundingClientRect().top - list.current.getBoundingClientRect().top;
      list.current.scrollTop += below;
    }
    grid?.querySelector("button")?.focus({ preventScroll: true });
  }

  function leave(index: number, direction: 1 | -1, column: number | null): void {
    const buttons = grids()[index + direction]?.querySelectorAll("button");
    if (buttons !== undefined) {
      buttons[nextStop(buttons.length, direction, column)]?.focus();
    } else if (direction === -1) {
      onLeaveUp();
    }
  }

  return (
    <>
      {hasHeads && (
        <div className="emoji-picker__groups">
          <EmojiGrid
            label={t("emoji.groups")}
            emoji={sections.flatMap(({ sign }) => sign ?? [])}
            nameOf={(chosen) => sections.find(({ sign }) => sign === chosen)?.label ?? chosen}
            onChoose={(chosen) => goTo(sections.findIndex(({ sign }) => sign === chosen))}
          />
        </div>
      )}
      <div ref={list} className="emoji-picker__list">
        {sections.map((section, index) => (
          <section key={section.id} aria-labelledby={hasHeads ? `${id}${section.id}` : undefined}>
            {hasHeads && (
              <h3 id={`${id}${section.id}`} className="emoji-picker__head">
                {section.label}
              </h3>
            )}
            <EmojiGrid
              label={section.label}
              emoji={section.emoji.map(({ emoji }) => emoji)}
              nameOf={(emoji) => section.emoji.find((each) => each.emoji === emoji)?.name ?? emoji}
              onChoose={onChoose}
              onLeave={(direction, column) => leave(index, direction, column)}
            />
          </section>
        ))}
      </div>
    </>
  );
}

/** Which of so many emoji is reached from the group before (1) or after it (-1): in the same column, or beside. */
function nextStop(count: number, direction: 1 | -1, column: number | null): number {
  const last = count - 1;
  if (direction === 1) {
    return Math.min(column ?? 0, last);
  }
  return column === null ? last : Math.min(last - (last % EMOJI_COLUMNS) + column, last);
}
