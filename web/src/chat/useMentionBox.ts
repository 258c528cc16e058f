/** A box in which one writes names after an @ and sends ids: what is offered, and what the keys do with it. */

import {
  type KeyboardEvent,
  type RefObject,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { findRoom, isStaff, presentNow } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import {
  type Mentionable,
  offered,
  splitMentions,
  typedMention,
  withIds,
  withNames,
} from "./mentions";

export interface MentionBox {
  /** What is in the box: with names. */
  text: string;
  /** What is sent: with ids. */
  wire: string;
  offers: readonly Mentionable[];
  active: number;
  write(text: string, caret: number): void;
  /** Put something where the caret is. */
  insert(text: string): void;
  onCaret(): void;
  /** Answers whether the key was for the list. */
  onKeyDown(event: KeyboardEvent): boolean;
  choose(person: Mentionable): void;
}

interface MentionBoxOptions {
  room: string;
  input: RefObject<HTMLTextAreaElement | null>;
  /** With ids. */
  initial: string;
  /** Told of every change, with ids. */
  onChange(wire: string): void;
}

export function useMentionBox({ room, input, initial, onChange }: MentionBoxOptions): MentionBox {
  const people = useMentionable(room);
  const names = useTwinSpace((state) => state.names);
  const [text, setText] = useState(() => withNames(initial, names));
  const chosen = useRef(new Map<string, string>());
  useLayoutEffect(() => {
    for (const { member } of splitMentions(initial)) {
      const name = member === null ? undefined : names[member];
      if (member !== null && name !== undefined && !chosen.current.has(name)) {
        chosen.current.set(name, member);
      }
    }
  }, [initial, names]);
  const [caret, setCaret] = useState<number | null>(null);
  /** The @ of which the list was put away. */
  const [dismissed, setDismissed] = useState<number | null>(null);
  const [active, setActive] = useState(0);
  const typed = caret === null ? null : typedMention(text, caret);
  const offers = useMemo(
    () => (typed === null || typed.start === dismissed ? [] : offered(people, typed.query)),
    [people, typed?.start, typed?.query, dismissed, typed],
  );
  const nextCaret = usePendingCaret(input, text);

  function change(after: string): void {
    setText(after);
    onChange(withIds(after, people, chosen.current));
  }

  function write(after: string, at: number): void {
    change(after);
    setCaret(at);
    setActive(0);
    if (!after.includes("@")) {
      setDismissed(null);
    }
  }

  function put(words: string, from: number, to: number): void {
    nextCaret.current = from + words.length;
    change(text.slice(0, from) + words + text.slice(to));
    setCaret(null);
    input.current?.focus();
  }

  function choose({ id, name }: Mentionable): void {
    if (typed !== null) {
      chosen.current.set(name, id);
      put(`@${name} `, typed.start, caret ?? text.length);
    }
  }

  function insert(words: string): void {
    const box = input.current;
    put(words, box?.selectionStart ?? text.length, box?.selectionEnd ?? text.length);
  }

  function onKeyDown(event: KeyboardEvent): boolean {
    const person = offers[active];
    if (person === undefined || event.nativeEvent.isComposing) {
      return false;
    }
    switch (event.key) {
      case "ArrowDown":
        setActive((active + 1) % offers.length);
        break;
      case "ArrowUp":
        setActive((active - 1 + offers.length) % offers.length);
        break;
      case "Enter":
      case "Tab":
        choose(person);
        break;
      case "Escape":
        setDismissed(typed?.start ?? null);
        break;
      default:
        return false;
    }
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  return {
    text,
    wire: withIds(text, people, chosen.current),
    offers,
    active,
    write,
    insert,
    onCaret: () => setCaret(input.current?.selectionEnd ?? null),
    onKeyDown,
    choose,
  };
}

/** Where the caret is to stand after the text was changed by other means than typing: at first, behind a draft. */
function usePendingCaret(input: RefObject<HTMLTextAreaElement | null>, text: string) {
  const pending = useRef(text === "" ? null : text.length);
  // biome-ignore lint/correctness/useExhaustiveDependencies: after each change of the text
  useLayoutEffect(() => {
    if (pending.current !== null) {
      input.current?.setSelectionRange(pending.current, pending.current);
      pending.current = null;
    }
  }, [input, text]);
  return pending;
}

/** Who can be mentioned in a room: whoever may read it, by the name that the reader may see. */
function useMentionable(roomId: string): readonly Mentionable[] {
  const room = useTwinSpace((state) => findRoom(state, roomId));
  const members = useTwinSpace((state) => state.project?.view.members ?? null);
  const names = useTwinSpace((state) => state.names);
  const presence = useTwinSpace(presentNow);
  const me = useTwinSpace((state) => state.me);
  return useMemo(
    () =>
      (members ?? []).flatMap(({ id, role, removed, room_bans }) => {
        const name = names[id];
        const mayRead = room?.kind !== "staff-room" || isStaff(role);
        return name === undefined || id === me || removed || room_bans.includes(roomId) || !mayRead
          ? []
          : [{ id, name, isHere: presence[id]?.includes(roomId) === true }];
      }),
    [room?.kind, members, names, presence, me, roomId],
  );
}
