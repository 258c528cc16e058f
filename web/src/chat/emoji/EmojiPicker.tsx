import "./emoji.css";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Dialog, Popover } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useTwinSpace } from "../../state/store";
import { useMediaQuery } from "../../ui/hooks";
import type { EmojiPickerProps } from "./EmojiButton";
import { EmojiSections, type Section } from "./EmojiSections";
import type { EmojiGroup } from "./emoji";
import { drawsFlags } from "./flags";
import { findEmoji, loadNames, type NamedEmoji } from "./names";
import { addRecent, recentEmoji } from "./recent";

/** More than the longest name has. */
const QUERY_CHARACTERS_MAX = 60;

/** The emoji by groups, with a search. */
export default function EmojiPicker({ button, onChoose, onClose }: EmojiPickerProps) {
  const { t } = useTranslation();
  const emoji = useNamedEmoji();
  return (
    <Popover
      className="emoji-popover emoji-picker"
      placement="top start"
      triggerRef={button}
      isOpen={emoji !== null}
      onOpenChange={onClose}
    >
      <Dialog aria-label={t("emoji.title")} className="emoji-picker__page">
        {emoji !== null && <Choice emoji={emoji} onChoose={onChoose} />}
      </Dialog>
    </Popover>
  );
}

interface ChoiceProps {
  emoji: readonly NamedEmoji[];
  onChoose(emoji: string): void;
}

function Choice({ emoji, onChoose }: ChoiceProps) {
  const { t } = useTranslation();
  const me = useTwinSpace((state) => state.me ?? "");
  const [query, setQuery] = useState("");
  const page = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  // There a field with the focus brings a keyboard over half of the emoji.
  const isTouch = useMediaQuery("(pointer: coarse)");
  const groups = useGroups(emoji, me);
  const isSearching = query.trim() !== "";
  const found = findEmoji(emoji, query);

  const goToList = useCallback(() => {
    page.current?.querySelector<HTMLElement>(".emoji-picker__list .emoji[tabindex='0']")?.focus();
  }, []);

  useEffect(() => {
    if (isTouch) {
      goToList();
    } else {
      search.current?.focus();
    }
  }, [isTouch, goToList]);

  function choose(chosen: string): void {
    addRecent(me, chosen);
    onChoose(chosen);
  }

  return (
    <div ref={page} className="emoji-picker__choice">
      <input
        ref={search}
        className="emoji-picker__search"
        type="search"
        aria-label={t("emoji.search")}
        placeholder={t("emoji.search")}
        dir="auto"
        enterKeyHint="go"
        maxLength={QUERY_CHARACTERS_MAX}
        value={query}
        onChange={({ currentTarget }) => setQuery(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.nativeEvent.isComposing && found[0] !== undefined) {
            event.preventDefault(); // else the key would go on into the message and send it
            choose(found[0].emoji);
          } else if (event.key === "ArrowDown") {
            event.preventDefault();
            goToList();
          }
        }}
      />
      <p className="emoji-picker__found" role="status">
        {isSearching &&
          (found.length === 0 ? t("emoji.none") : t("emoji.found", { count: found.length }))}
      </p>
      <EmojiSections
        sections={
          isSearching
            ? [{ id: "found", sign: null, label: t("emoji.title"), emoji: found }]
            : groups
        }
        hasHeads={!isSearching}
        onChoose={choose}
        onLeaveUp={() => search.current?.focus()}
      />
    </div>
  );
}

/** With what was used last before all others; that stays as it was when the picker was opened. */
function useGroups(emoji: readonly NamedEmoji[], me: string): readonly Section[] {
  const { t } = useTranslation();
  return useMemo(() => {
    const used = recentEmoji(me).flatMap(
      (recent) => emoji.find((each) => each.emoji === recent) ?? [],
    );
    const of = (wanted: EmojiGroup) => emoji.filter(({ group }) => group === wanted);
    return [
      { id: "recent", sign: null, label: t("emoji.recent"), emoji: used },
      { id: "faces", sign: "😀", label: t("emoji.group.faces"), emoji: of("faces") },
      { id: "people", sign: "👋", label: t("emoji.group.people"), emoji: of("people") },
      { id: "nature", sign: "🌻", label: t("emoji.group.nature"), emoji: of("nature") },
      { id: "food", sign: "🍎", label: t("emoji.group.food"), emoji: of("food") },
      { id: "activities", sign: "⚽", label: t("emoji.group.activities"), emoji: of("activities") },
      { id: "places", sign: "🚲", label: t("emoji.group.places"), emoji: of("places") },
      { id: "things", sign: "💡", label: t("emoji.group.things"), emoji: of("things") },
      { id: "flags", sign: "🇪🇺", label: t("emoji.group.flags"), emoji: of("flags") },
    ].filter((section) => section.emoji.length > 0);
  }, [emoji, me, t]);
}

/** All that this device can draw, with names; null until they are there. */
function useNamedEmoji(): readonly NamedEmoji[] | null {
  const { i18n } = useTranslation();
  const [emoji, setEmoji] = useState<readonly NamedEmoji[] | null>(null);
  useEffect(() => {
    let isWanted = true;
    void loadNames(i18n.language).then((all) => {
      if (isWanted) {
        setEmoji(drawsFlags() ? all : all.filter(({ group }) => group !== "flags"));
      }
    });
    return () => {
      isWanted = false;
    };
  }, [i18n.language]);
  return emoji;
}
