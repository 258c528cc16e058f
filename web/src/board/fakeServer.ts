/**
 * A board's server for tests, by the rules of `rooms/board`: versions, groups of what is bound, places in the order of
 * drawing, resends. `fakeRules.ts` judges what may be changed.
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
import {
  currentOf,
  type FakeMember,
  forgotten,
  type Gone,
  goneWith,
  judge,
  made,
  type Scene,
} from "./fakeRules";

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
  readonly gone = new Map<string, Gone>();
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

  /** Put an element there as somebody else's work, whatever they may. */
  draw(actor: string, ...elements: Element[]): void {
    const member = { id: actor, isStaff: false, classId: null };
    const scene = this.#scene(member, []);
    const changed = elements.map((element) => made(element, scene, this.now));
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
    const scene = this.#scene(member, changes);
    for (const group of inGroups(changes, this.elements)) {
      this.#takeGroup(group, scene, taken, superseded);
    }
    const placed = this.#placed(taken);
    if (placed.length > 0) {
      const back = placed
        .map(({ element }) => element.id)
        .filter((id) => this.gone.get(id)?.isHidden);
      this.append(member.id, nonce, { kind: "board.changed", elements: placed });
      if (back.length > 0) {
        this.append(member.id, null, { kind: "board.hidden", elements: back });
      }
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

  #scene(member: FakeMember, changes: readonly Change[]): Scene {
    const { elements, hidden, gone, policy } = this;
    const wanted = new Map(changes.map(({ element }) => [element.id, element]));
    return { elements, hidden, gone, policy, member, wanted };
  }

  #takeGroup(
    group: readonly Change[],
    scene: Scene,
    taken: BoardElement[],
    superseded: Superseded[],
  ): void {
    const judged = group.map((change) => ({ element: change.element, code: judge(change, scene) }));
    const code = judged.find((one) => one.code !== null && one.code !== "nothing")?.code ?? null;
    for (const { element, code: own } of judged) {
      if (own === "nothing") {
        continue;
      }
      if (code === null) {
        taken.push(made(element, scene, this.now));
      } else {
        const told = (own ?? code) as ErrorCode;
        const current = currentOf(scene, element.id) ?? null;
        superseded.push({ id: element.id, code: told, element: current });
      }
    }
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

  #apply({ body, seq, actor }: Event): void {
    switch (body.kind) {
      case "board.changed":
        this.#put(body.elements);
        break;
      case "board.cleared":
        this.#clear(body.member, seq, actor);
        break;
      case "board.clear_undone": {
        const { clear } = body;
        for (const one of this.cleared.find((cleared) => cleared.clear === clear)?.elements ?? []) {
          if (this.elements.has(one.element.id)) {
            continue;
          }
          const version = (this.gone.get(one.element.id)?.version ?? one.version) + 1;
          this.#put([{ ...one, version }]);
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

  #put(changed: readonly BoardElement[]): void {
    for (const [id, gone] of goneWith(changed, this.elements, this.hidden)) {
      this.elements.delete(id);
      this.hidden.delete(id);
      this.gone.set(id, gone);
    }
    for (const one of changed.filter(({ element }) => !element.isDeleted)) {
      const { id } = one.element;
      if (this.gone.get(id)?.isHidden) {
        this.hidden.add(id);
      }
      this.elements.set(id, one);
      this.gone.delete(id);
    }
  }

  #clear(member: string | null, clear: number, editor: string): void {
    const elements = [...this.elements.values()].filter(
      ({ creator }) => member === null || creator === member,
    );
    for (const one of elements) {
      const { id } = one.element;
      this.elements.delete(id);
      this.gone.set(id, forgotten(one, one.version + 1, editor, this.hidden.delete(id)));
    }
    this.cleared.push({ clear, elements });
  }
}
