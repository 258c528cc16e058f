import { type KeyboardEvent, useRef, useState } from "react";

/** As many as a finger finds in a row on a phone. */
export const EMOJI_COLUMNS = 8;

interface EmojiGridProps<E extends string> {
  label: string;
  emoji: readonly E[];
  nameOf(emoji: E): string;
  /** Those that one has chosen already. */
  isPressed?: (emoji: E) => boolean;
  /** Take the focus when it comes up. */
  hasFocus?: boolean;
  onChoose(emoji: E): void;
  /** An arrow key leads out, forward (1) or back (-1); from which column, when it leads up or down. */
  onLeave?: (direction: 1 | -1, column: number | null) => void;
}

/** Emoji in rows. Tab reaches one of them, arrow keys the others. */
export function EmojiGrid<E extends string>(props: EmojiGridProps<E>) {
  const { label, emoji, nameOf, isPressed, hasFocus = false, onChoose, onLeave } = props;
  const [current, setCurrent] = useState(0);
  const grid = useRef<HTMLDivElement>(null);
  const stop = Math.min(current, emoji.length - 1);

  function onKeyDown(event: KeyboardEvent): void {
    const forward = document.documentElement.dir === "rtl" ? -1 : 1;
    const steps: Record<string, number> = {
      ArrowLeft: -forward,
      ArrowRight: forward,
      ArrowUp: -EMOJI_COLUMNS,
      ArrowDown: EMOJI_COLUMNS,
      Home: -stop,
      End: emoji.length - 1 - stop,
    };
    const step = steps[event.key];
    const next = stop + (step ?? 0);
    if (step !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      if (next >= 0 && next < emoji.length) {
        setCurrent(next);
        grid.current?.querySelectorAll("button")[next]?.focus();
      } else {
        const isVertical = Math.abs(step) === EMOJI_COLUMNS;
        onLeave?.(step < 0 ? -1 : 1, isVertical ? stop % EMOJI_COLUMNS : null);
      }
    }
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: no fields of a form
    <div ref={grid} className="emoji-grid" role="group" aria-label={label} onKeyDown={onKeyDown}>
      {emoji.map((each, index) => (
        <button
          key={each}
          type="button"
          className="emoji"
          aria-label={nameOf(each)}
          title={nameOf(each)}
          {...(isPressed === undefined ? {} : { "aria-pressed": isPressed(each) })}
          tabIndex={index === stop ? 0 : -1}
          // biome-ignore lint/a11y/noAutofocus: it comes up because somebody has asked for it
          autoFocus={hasFocus && index === 0}
          onFocus={() => setCurrent(index)}
          onClick={() => onChoose(each)}
        >
          {each}
        </button>
      ))}
    </div>
  );
}
