/**
 * A board's server for tests, by the rules of `rooms/board`: versions, groups of what is bound, what is gone, places in
 * the order of drawing, resends.
 */

import { CommandFailed } from "../connection/failure";
import type {
  BoardAnswered,
  BoardChange,
  BoardElement,
  BoardJoin,
  BoardJoined,
  BoardPage,
  BoardPolicy,
  BoardRights,
  Body,
  Change,
  Element,
  ErrorCode,
  Event,
  Superseded,
} from "../protocol/generated";
import { inGroups } from "./bindings";
import type { FakeLink } from "./fakeLink";
import { isEqual } from "./numbers";

export interface FakeMember {
  id: string;
  isStaff: boolean;
  classId: string | null;
}

interface Clearing {
  clear: number;
  elements: BoardElement[];
}

const PAGE_ELEMENTS = 3;

export class FakeBoard {
  readonly id: string;
  epoch = "epoch-1";
  log: Event[] = [];
  /** Events up to this seq are not kept: who is behind gets a snapshot. */
  pruned = 0;
  elements = new Map<string, BoardElement>();
  readonly gone = new Map<string, number>();
  readonly hidden = new Set<string>();
  cleared: Clearing[] = [];
  policy: BoardPolicy = {};
  denied: BoardRights["denied"] = { draw: null, change_others: null, export: null, moderate: null };
  /** Refuses the next changes so, one each. */
  readonly refusals: CommandFailed[] = [];
  /** Refuses changes with such an element. */
  isRefused: (element: Element) => ErrorCode | null = () => null;
  now = 0;
  pack: (json: string) => Uint8Array = (json) => new TextEncoder().encode(json);
  readonly links = new Set<FakeLink>();
  readonly #answered = new Map<string, number>();

  constructor(id = "r") {
    this.id = id;
  }

  get seq(): number {
    return this.log.at(-1)?.seq ?? this.pruned;
  }

  append(actor: string, nonce: string | null, body: Body): number {
    this.now += 1;
    const event = {
      stream: `board:${this.id}`,
      seq: this.seq + 1,
      at: this.now,
      actor,
      nonce,
      body,
    };
    this.log.push(event);
    this.#apply(event);
    if (nonce !== null) {
      this.#answered.set(`${actor}/${nonce}`, event.seq);
    }
    for (const link of this.links) {
      link.push(this.seen(event, link.member));
    }
    return event.seq;
  }

  /** Put an element there as somebody else's work. */
  draw(actor: string, ...elements: Element[]): void {
    const changed = elements.map((element) => {
      const current = this.elements.get(element.id);
      const version = (current?.version ?? this.gone.get(element.id) ?? 0) + 1;
      return this.#made(element, version, actor, null, current);
    });
    this.append(actor, null, { kind: "board.changed", elements: changed });
  }

  join({ position }: BoardJoin, member: FakeMember): BoardJoined {
    const head = { epoch: this.epoch, seq: this.seq };
    const isKnown =
      position != null &&
      position.epoch === this.epoch &&
      position.seq <= head.seq &&
      position.seq >= this.pruned;
    const events = isKnown ? this.log.filter(({ seq }) => seq > position.seq) : [];
    const rights = { board: this.id, denied: this.denied };
    const pages = this.pages(member);
    return {
      board: this.id,
      position: head,
      snapshot: isKnown
        ? null
        : {
            pages: pages.length,
            count: this.elements.size,
            first: pages[0] as BoardPage,
            policy: this.policy,
            hidden: member.isStaff ? [...this.hidden] : [],
            undoable: member.isStaff ? this.cleared.map(({ clear }) => clear) : [],
          },
      snapshot_position: isKnown ? null : head,
      events: events.map((event) => this.seen(event, member)),
      rights,
    };
  }

  pages(member: FakeMember): BoardPage[] {
    const all = [...this.elements.values()].filter(
      ({ element }) => member.isStaff || !this.hidden.has(element.id),
    );
    const count = Math.max(1, Math.ceil(all.length / PAGE_ELEMENTS));
    return Array.from({ length: count }, (_, index) => ({
      page: index + 1,
      elements: this.pack(
        JSON.stringify(all.slice(index * PAGE_ELEMENTS, (index + 1) * PAGE_ELEMENTS)),
      ),
    }));
  }

  change({ nonce, changes }: BoardChange, member: FakeMember): BoardAnswered {
    const before = this.#answered.get(`${member.id}/${nonce}`);
    if (before !== undefined) {
      return { seq: before, superseded: null };
    }
    const refusal = this.refusals.shift();
    if (refusal !== undefined) {
      throw refusal;
    }
    for (const { element } of changes) {
      const code = this.isRefused(element);
      if (code !== null) {
        throw new CommandFailed(code, code, false);
      }
    }
    const superseded: Superseded[] = [];
    const taken: BoardElement[] = [];
    for (const group of inGroups(changes, this.elements)) {
      this.#takeGroup(group, changes, member, taken, superseded);
    }
    const placed = this.#placed(taken);
    if (placed.length > 0) {
      this.append(member.id, nonce, { kind: "board.changed", elements: placed });
    } else {
      this.#answered.set(`${member.id}/${nonce}`, this.seq);
    }
    return { seq: this.seq, superseded };
  }

  /** The server was put back to an older copy of its log. */
  restore(seq: number, epoch: string): void {
    const log = this.log.filter((event) => event.seq <= seq);
    this.epoch = epoch;
    this.log = [];
    this.elements = new Map();
    this.gone.clear();
    this.hidden.clear();
    this.cleared = [];
    this.#answered.clear();
    for (const event of log) {
      this.log.push(event);
      this.#apply(event);
      if (event.nonce !== null) {
        this.#answered.set(`${event.actor}/${event.nonce}`, event.seq);
      }
    }
  }

  seen(event: Event, { isStaff }: FakeMember): Event {
    const { body } = event;
    if (isStaff || (body.kind !== "board.changed" && body.kind !== "board.shown")) {
      return event;
    }
    const elements = body.elements.filter(({ element }) => !this.hidden.has(element.id));
    return elements.length > 0
      ? { ...event, body: { ...body, elements } }
      : { ...event, actor: "", nonce: null, body: { kind: "hidden" } };
  }

  #takeGroup(
    group: readonly Change[],
    all: readonly Change[],
    member: FakeMember,
    taken: BoardElement[],
    superseded: Superseded[],
  ): void {
    const judged = group.map((change) => ({ change, code: this.#code(change, all, member) }));
    const code = judged.find((one) => one.code !== null && one.code !== "nothing")?.code ?? null;
    for (const { change, code: own } of judged) {
      const { id } = change.element;
      const current = this.#current(id, member);
      if (own === "nothing") {
        continue;
      }
      if (code === null) {
        const version = (current?.version ?? this.gone.get(id) ?? 0) + 1;
        const element =
          change.element.isDeleted && current !== undefined
            ? { ...current.element, isDeleted: true }
            : change.element;
        taken.push(this.#made(element, version, member.id, member.classId, current));
      } else {
        const told = (own ?? code) as ErrorCode;
        superseded.push({ id, code: told, element: current ?? null });
      }
    }
  }

  #code(
    { base, element }: Change,
    all: readonly Change[],
    member: FakeMember,
  ): ErrorCode | "nothing" | null {
    const current = this.#current(element.id, member);
    if (current === undefined) {
      if (element.isDeleted) {
        return "nothing";
      }
      const isBack = base === 0 || this.gone.get(element.id) === base;
      const isThere = this.elements.has(element.id);
      return isBack && !isThere && this.#hasContainer(element, all) ? null : "element_gone";
    }
    if (isEqual(element, current.element)) {
      return "nothing";
    }
    if (base !== current.version) {
      return "element_changed";
    }
    if (!member.isStaff && current.held === true) {
      return "element_locked";
    }
    const isOwn = member.isStaff || current.creator === member.id;
    const isBinding = isEqual(
      { ...element, boundElements: null },
      { ...current.element, boundElements: null },
    );
    if (!isOwn && !isBinding && this.policy.change_others !== true) {
      return "not_your_element";
    }
    return this.#hasContainer(element, all) ? null : "element_gone";
  }

  #hasContainer(element: Element, all: readonly Change[]): boolean {
    if (element.type !== "text" || element.containerId === null || element.isDeleted) {
      return true;
    }
    const { containerId } = element;
    const wanted = all.find((change) => change.element.id === containerId)?.element;
    return wanted === undefined ? this.elements.has(containerId) : !wanted.isDeleted;
  }

  #current(id: string, { isStaff }: FakeMember): BoardElement | undefined {
    return this.hidden.has(id) && !isStaff ? undefined : this.elements.get(id);
  }

  #made(
    element: Element,
    version: number,
    editor: string,
    classId: string | null,
    current: BoardElement | undefined,
  ): BoardElement {
    const creator = current?.creator ?? editor;
    const held = current?.held ?? false;
    return { element, version, creator, class_id: classId, editor, at: this.now, held };
  }

  /** No two of the living have the same place. */
  #placed(taken: readonly BoardElement[]): BoardElement[] {
    const changed = new Set(taken.map(({ element }) => element.id));
    const used = new Set(
      [...this.elements.values()]
        .filter(({ element }) => !changed.has(element.id))
        .map(({ element }) => element.index),
    );
    return taken.map((one) => {
      let { index } = one.element;
      while (!one.element.isDeleted && used.has(index)) {
        index += "V";
      }
      used.add(index);
      return { ...one, element: { ...one.element, index } };
    });
  }

  #apply({ body, seq }: Event): void {
    switch (body.kind) {
      case "board.changed":
        for (const one of body.elements) {
          this.#put(one);
        }
        break;
      case "board.cleared":
        this.#clear(body.member, seq);
        break;
      case "board.clear_undone": {
        const { clear } = body;
        for (const one of this.cleared.find((cleared) => cleared.clear === clear)?.elements ?? []) {
          if (this.elements.has(one.element.id)) {
            continue;
          }
          const version = (this.gone.get(one.element.id) ?? one.version) + 1;
          this.#put({ ...one, version });
        }
        this.cleared = this.cleared.filter((cleared) => cleared.clear !== clear);
        break;
      }
      case "board.hidden":
        for (const id of body.elements) {
          this.hidden.add(id);
        }
        break;
      case "board.shown":
        for (const { element } of body.elements) {
          this.hidden.delete(element.id);
        }
        break;
      case "board.policy_set":
        this.policy = body.policy;
        break;
    }
  }

  #put(one: BoardElement): void {
    const { id, isDeleted } = one.element;
    if (isDeleted) {
      this.elements.delete(id);
      this.gone.set(id, one.version);
    } else {
      this.elements.set(id, one);
      this.gone.delete(id);
    }
  }

  #clear(member: string | null, clear: number): void {
    const elements = [...this.elements.values()].filter(
      ({ creator }) => member === null || creator === member,
    );
    for (const { element, version } of elements) {
      this.elements.delete(element.id);
      this.gone.set(element.id, version + 1);
    }
    this.cleared.push({ clear, elements });
  }
}
