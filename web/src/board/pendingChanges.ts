/**
 * One's own changes that the server has not taken yet: what waits, the command that is on its way, and what was lost.
 *
 * No I/O: `boardClient.ts` sends what `next` gives, and keeps what `takeTouched` names. Of each element the newest state
 * counts; one command is on its way at a time, so that each change knows the version that it is made upon.
 */

import { makeNonce } from "../connection/nonce";
import type { BoardAnswered, BoardElement, Element, ErrorCode, Event } from "../protocol/generated";
import {
  isAsWished,
  isRefusedForBindings,
  lossOf,
  type Refusal,
  refusals,
  unbound,
  versionAfter,
} from "./answers";
import { inGroups } from "./bindings";
import { takeChunk } from "./chunks";
import { COMMAND_BYTES_MAX, fitStroke, sizeOf } from "./fitting";
import type { Mirror } from "./mirror";
import { roundElement } from "./numbers";
import { copyOf, isBookkeeping, isOnlyBookkeeping, isShown } from "./pendingElements";
import {
  type Kept,
  keyOfCommand,
  keyOfLost,
  keyOfWaiting,
  type SentCommand,
  type WaitingChange,
} from "./pendingStore";
import type { LostChange } from "./ports";
import type { Own } from "./shown";

/** Refusals of a whole command that may be one element's fault: the others are sent without it. */
const OF_ONE_ELEMENT: readonly ErrorCode[] = [
  "invalid",
  "too_large",
  "link_refused",
  "board_full",
  "unknown_file",
];

interface Command extends SentCommand {
  answer: BoardAnswered | null;
  /** What the server made of its changes, from its event. */
  readonly confirmed: Map<string, BoardElement>;
  /** All events since it was sent were seen: what is not in its own was not taken. */
  isWatched: boolean;
}

const NO_ELEMENTS: ReadonlyMap<string, BoardElement> = new Map();

/** Of a change that makes a new element. */
const NEW = { base: 0, isUponCommand: false, isBookkeeping: false };

/** Versions of elements, by id. */
type Seen = ReadonlyMap<string, number>;

export class PendingChanges {
  /** The first is on its way; more there are only after a reload, of several tabs. */
  #commands: Command[] = [];
  readonly #waiting = new Map<string, WaitingChange>();
  readonly #lost = new Map<string, { change: LostChange; order: number }>();
  #lostList: readonly LostChange[] | null = null;
  readonly #touched = new Set<string>();
  #order = 0;
  /** Groups of elements in one command, fewer while the one is looked for that the server does not take. */
  #groupsMax = Number.POSITIVE_INFINITY;

  /** Ids of elements that wait for the server. */
  get ids(): ReadonlySet<string> {
    const ids = new Set(this.#waiting.keys());
    for (const { changes, confirmed } of this.#commands) {
      for (const { element } of changes) {
        if (!confirmed.has(element.id)) {
          ids.add(element.id);
        }
      }
    }
    return ids;
  }

  /** The oldest first; the same list as long as nothing changes. */
  get lost(): readonly LostChange[] {
    this.#lostList ??= [...this.#lost.values()].map(({ change }) => change);
    return this.#lostList;
  }

  /** What is to be seen in place of the server's, in order. A deleted element is not to be seen. */
  *overlay(): Iterable<Own> {
    for (const { changes, confirmed, at } of this.#commands) {
      for (const { base, element } of changes) {
        if (!confirmed.has(element.id)) {
          yield { base, element, at };
        }
      }
    }
    yield* this.#waiting.values();
  }

  /** As `add`, as exactly as one draws. */
  change(elements: readonly Element[], mirror: Mirror | null, now: number, seen?: Seen): void {
    this.add(elements.map(roundElement), mirror, now, seen);
  }

  /** Elements as they are to be. `mirror`: the board, if there is one yet. `seen`: what the person saw, if not that. */
  add(elements: readonly Element[], mirror: Mirror | null, now: number, seen?: Seen): void {
    for (const element of elements) {
      this.#changeOne(fitStroke(element), mirror, now, seen?.get(element.id));
    }
  }

  /** The command to send, if there is one; the same until it is answered. */
  next(mirror: Mirror | null, now: number): SentCommand | null {
    const first = this.#commands[0];
    if (first !== undefined) {
      return first.answer === null ? first : null;
    }
    const waiting = [...this.#waiting.values()].sort((a, b) => a.order - b.order);
    if (waiting.length === 0) {
      return null;
    }
    const chunk = takeChunk(waiting, mirror?.elements ?? NO_ELEMENTS, this.#groupsMax);
    const changes = chunk.map(({ base, element }) => ({ base, element }));
    const command: Command = {
      kind: "command",
      nonce: makeNonce(),
      changes,
      bookkeeping: chunk.flatMap((one) => (one.isBookkeeping ? [one.element.id] : [])),
      at: now,
      order: this.#nextOrder(),
      answer: null,
      confirmed: new Map(),
      isWatched: true,
    };
    for (const { element } of chunk) {
      this.#dropWaiting(element.id);
    }
    this.#commands.push(command);
    this.#touched.add(keyOfCommand(command.nonce));
    return command;
  }

  /** An event that was applied: one's own tells what became of the changes. */
  confirm({ nonce, body }: Event): void {
    const command = this.#commands.find((one) => one.nonce === nonce);
    if (command !== undefined && body.kind === "board.changed") {
      for (const element of body.elements) {
        command.confirmed.set(element.element.id, element);
      }
    }
  }

  answered(nonce: string, answer: BoardAnswered): void {
    const command = this.#commands.find((one) => one.nonce === nonce);
    if (command !== undefined) {
      command.answer = answer;
    }
  }

  /** The seq that the board must have reached before the answer that came can be made use of. */
  get awaitedSeq(): number | null {
    return this.#commands[0]?.answer?.seq ?? null;
  }

  /** A snapshot came: events were missed. `isOtherLog`: answers and events that came are of a log that is no more. */
  restart(isOtherLog: boolean): void {
    for (const command of this.#commands) {
      command.isWatched = false;
      if (isOtherLog) {
        command.answer = null;
        command.confirmed.clear();
      }
    }
  }

  /** Make use of the answer, once the board is as far. True when it was. */
  settle(mirror: Mirror): boolean {
    const command = this.#commands[0];
    const answer = command?.answer ?? null;
    if (command === undefined || answer === null || mirror.position.seq < answer.seq) {
      return false;
    }
    this.#dropCommand(command);
    this.#groupsMax *= 2;
    const refused = refusals(command.changes, answer, command.confirmed, mirror);
    for (const change of command.changes) {
      if (!refused.has(change.element.id)) {
        const version = versionAfter(change, command.confirmed, mirror);
        this.#rebase(change.element, version, command.confirmed.get(change.element.id) ?? null);
      }
    }
    // Of what was not watched it is not known why: it might have been drawn, and deleted by somebody since.
    const isKnown = answer.superseded !== null || command.isWatched;
    const again = isKnown ? this.#withoutFailedBindings(refused, mirror) : [];
    for (const [id, refusal] of refused) {
      const newer = this.#waiting.get(id);
      const mine = newer?.element ?? refusal.change.element;
      this.#dropWaiting(id);
      const isNoLoss =
        isBookkeeping(command, id, newer) || again.some((element) => element.id === id);
      const loss = isNoLoss ? null : lossOf(mine, refusal, refused.values());
      if (loss !== null) {
        this.#lose(loss);
      }
    }
    for (const element of again) {
      this.#wait({ ...NEW, element, at: command.at });
    }
    return true;
  }

  /** The command as a whole was refused for good. */
  refused(nonce: string, code: ErrorCode, mirror: Mirror | null): void {
    const command = this.#commands.find((one) => one.nonce === nonce);
    if (command === undefined) {
      return;
    }
    this.#dropCommand(command);
    const groups = inGroups(command.changes, mirror?.elements ?? NO_ELEMENTS).length;
    const isSentAgain = groups > 1 && OF_ONE_ELEMENT.includes(code);
    if (isSentAgain) {
      this.#groupsMax = Math.ceil(groups / 2);
    }
    for (const { base, element } of command.changes) {
      const newer = this.#waiting.get(element.id);
      const noted = {
        base,
        isUponCommand: false,
        isBookkeeping: isBookkeeping(command, element.id, newer),
      };
      if (newer !== undefined) {
        this.#wait({ ...newer, ...noted }, newer.order);
      } else if (isSentAgain) {
        this.#wait({ ...noted, element, at: command.at }, command.order);
      } else if (
        !noted.isBookkeeping &&
        !isAsWished(element, mirror?.elements.get(element.id) ?? null)
      ) {
        this.#lose({ mine: element, code, by: null });
      }
    }
  }

  /** A copy of what was lost, as a new element beside what is there. */
  keepLost(id: string, now: number): void {
    const lost = this.#lost.get(id)?.change.mine;
    this.dismissLost(id);
    if (lost !== undefined && !lost.isDeleted) {
      this.#wait({ ...NEW, element: copyOf(lost), at: now });
    }
  }

  dismissLost(id: string): void {
    if (this.#lost.delete(id)) {
      this.#lostList = null;
      this.#touched.add(keyOfLost(id));
    }
  }

  /** Take over what was kept, of this tab or of one that is gone. What was changed since is newer. */
  restore(kept: readonly Kept[]): void {
    for (const one of [...kept].sort((a, b) => a.order - b.order)) {
      switch (one.kind) {
        case "command":
          this.#commands.push({
            ...one,
            order: this.#nextOrder(),
            answer: null,
            confirmed: new Map(),
            isWatched: false,
          });
          this.#touched.add(keyOfCommand(one.nonce));
          break;
        case "change":
          if (this.#waiting.has(one.element.id)) {
            this.#lose({ mine: one.element, code: "element_changed", by: null });
          } else {
            this.#wait(one);
          }
          break;
        case "lost":
          this.#lose(one.change);
          break;
      }
    }
  }

  /** What has to be kept anew, or (null) no longer, since the last call. */
  takeTouched(): Map<string, Kept | null> {
    if (this.#touched.size === 0) {
      return new Map();
    }
    const touched = new Map<string, Kept | null>();
    for (const { answer: _, confirmed: __, isWatched: ___, ...command } of this.#commands) {
      touched.set(keyOfCommand(command.nonce), command);
    }
    for (const [id, change] of this.#waiting) {
      touched.set(keyOfWaiting(id), change);
    }
    for (const [id, { change, order }] of this.#lost) {
      touched.set(keyOfLost(id), { kind: "lost", change, order });
    }
    const result = new Map([...this.#touched].map((key) => [key, touched.get(key) ?? null]));
    this.#touched.clear();
    return result;
  }

  #changeOne(element: Element, mirror: Mirror | null, now: number, seen?: number): void {
    const { id } = element;
    const before = this.#waiting.get(id);
    const sent = this.#sentElement(id);
    const current = mirror?.elements.get(id) ?? null;
    const under = sent ?? current?.element ?? null;
    if (isShown(element, under)) {
      this.#dropWaiting(id); // as it was
      return;
    }
    if (before !== undefined && isShown(element, before.element)) {
      return;
    }
    if (sizeOf(element) > COMMAND_BYTES_MAX) {
      this.#lose({ mine: element, code: "too_large", by: null });
      return;
    }
    const newest = current?.version ?? mirror?.gone.get(id)?.version ?? 0;
    const base = before?.base ?? seen ?? newest;
    const isUponCommand = before?.isUponCommand ?? sent !== null;
    const isBookkeeping =
      (before?.isBookkeeping ?? true) && isOnlyBookkeeping(element, before?.element ?? under);
    this.#wait({ base, element, isUponCommand, isBookkeeping, at: now }, before?.order);
  }

  /** The element as the last command has it that is on its way. */
  #sentElement(id: string): Element | null {
    for (const { changes, confirmed } of this.#commands.toReversed()) {
      const change = changes.find(({ element }) => element.id === id);
      if (change !== undefined && !confirmed.has(id)) {
        return change.element;
      }
    }
    return null;
  }

  /** What was changed upon a change that has been taken: now the version is known, and the server's place in the order. */
  #rebase(sent: Element, version: number, made: BoardElement | null): void {
    const newer = this.#waiting.get(sent.id);
    if (newer === undefined || !newer.isUponCommand || this.#sentElement(sent.id) !== null) {
      return;
    }
    const index = newer.element.index === sent.index ? made?.element.index : undefined;
    const element = index === undefined ? newer.element : { ...newer.element, index };
    if (made !== null && isShown(element, made.element)) {
      this.#dropWaiting(sent.id);
    } else {
      this.#wait({ ...newer, element, base: version, isUponCommand: false }, newer.order);
    }
  }

  /** New elements that were refused only for what they are bound to, as they are to be sent again. */
  #withoutFailedBindings(refused: ReadonlyMap<string, Refusal>, mirror: Mirror): Element[] {
    const fresh = [...refused].filter(([, refusal]) => isRefusedForBindings(refusal));
    const elements = fresh
      .map(([id, { change }]) => this.#waiting.get(id)?.element ?? change.element)
      .filter((element) => !element.isDeleted);
    const ids = new Set(elements.map(({ id }) => id));
    const isThere = (id: string) => mirror.elements.has(id) || this.#waiting.has(id);
    return unbound(elements, (id) => !ids.has(id) && (refused.has(id) || !isThere(id))) ?? [];
  }

  #wait(change: Omit<WaitingChange, "kind" | "order">, order = this.#nextOrder()): void {
    const { id } = change.element;
    this.#waiting.set(id, { ...change, kind: "change", order });
    this.#touched.add(keyOfWaiting(id));
  }

  #dropWaiting(id: string): void {
    if (this.#waiting.delete(id)) {
      this.#touched.add(keyOfWaiting(id));
    }
  }

  #dropCommand(command: Command): void {
    this.#commands = this.#commands.filter((other) => other !== command);
    this.#touched.add(keyOfCommand(command.nonce));
  }

  #lose(change: LostChange): void {
    const { id } = change.mine;
    this.#lostList = null;
    this.#lost.set(id, { change, order: this.#nextOrder() });
    this.#touched.add(keyOfLost(id));
  }

  #nextOrder(): number {
    this.#order += 1;
    return this.#order;
  }
}
