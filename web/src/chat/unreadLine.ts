/**
 * Where what is new begins. The line stands still while one reads: it moves only when something comes while nobody
 * looks and all before it was read, and it goes when one writes. Pure.
 */

export interface UnreadLine {
  /** What came after this message is new; null: there is no line. */
  since: number | null;
  /** Up to where the reader has read. */
  read: number;
}

interface Said {
  id: number;
  actor: string;
}

/** On coming into a room that was read up to `read`. Null: it was never read here, so that all of it is old. */
export function lineOnEntering(
  messages: readonly Said[],
  me: string,
  read: number | null,
): UnreadLine {
  const mark = read ?? messages.at(-1)?.id ?? 0;
  return { since: firstUnread(messages, me, mark) === null ? null : mark, read: mark };
}

/** After something was said. `isLooking`: somebody sees it come. `newest`: the newest message before that. */
export function lineAfter(
  line: UnreadLine,
  messages: readonly Said[],
  me: string,
  { isLooking, newest }: { isLooking: boolean; newest: number },
): UnreadLine {
  const unread = firstUnread(messages, me, line.read);
  const isInUse = line.since !== null && (line.since >= line.read || (unread ?? 0) <= newest);
  if (isLooking || isInUse || unread === null) {
    return line;
  }
  return { ...line, since: line.read };
}

/** After the reader has seen up to a message. */
export function lineRead(line: UnreadLine, message: number): UnreadLine {
  return message > line.read ? { ...line, read: message } : line;
}

/** Who writes has read. */
export function lineGone(line: UnreadLine): UnreadLine {
  return line.since === null ? line : { ...line, since: null };
}

/** The message above which the line stands. */
export function firstUnread(
  messages: readonly Said[],
  me: string,
  since: number | null,
): number | null {
  if (since === null) {
    return null;
  }
  return messages.find(({ id, actor }) => id > since && actor !== me)?.id ?? null;
}

/**
 * Whether something unread lies before what is on the screen, out of sight. `first`: the first message in sight. `after`:
 * nothing was said between this message and the first of these.
 */
export function skipsUnread(
  messages: readonly Said[],
  me: string,
  { read, first, after }: { read: number; first: number; after: number },
): boolean {
  const unread = firstUnread(messages, me, read);
  return after > read || (unread !== null && unread < first);
}

/** How many messages of others wait to be read. */
export function countUnread(messages: readonly Said[], me: string, read: number): number {
  return messages.filter(({ id, actor }) => id > read && actor !== me).length;
}
