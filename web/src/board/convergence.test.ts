/** Whatever happens on the way: in the end all see the same board, and nothing that was drawn is lost unsaid. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { BoardElement, Element } from "../protocol/generated";
import { isAsWished } from "./answers";
import { withoutBindings } from "./bindings";
import { FakePage, LUCAS, TEACHER, turns, ZOSIA } from "./fakePage";
import { FakeBoard } from "./fakeServer";
import { isSameElement } from "./numbers";
import { arrow, deleted, rectangle, text } from "./samples";

vi.mock("./pages", () => ({
  readPage: async (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)),
}));

const SIMULATIONS = 100;
const STEPS = 120;
const LONG_MS = 120_000;

/** mulberry32: the same numbers for the same seed. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Simulation {
  readonly server = new FakeBoard();
  readonly pages: FakePage[];
  readonly #random: () => number;
  /** What each wanted an element to be, last. */
  readonly wishes: Map<string, Element>[] = [];
  /** Contents are told apart by their `seed`: of each the one that its author saw and changed. */
  readonly #seen = new Map<number, number>();
  #ids = 0;
  #contents = 10;
  #epochs = 1;

  constructor(seed: number) {
    this.#random = randomNumbers(seed);
    this.server.policy = { change_others: true };
    this.pages = [ZOSIA, LUCAS, TEACHER].map((member) => new FakePage(this.server, member));
    this.wishes = this.pages.map(() => new Map());
    for (const page of this.pages) {
      page.slow();
    }
  }

  async step(): Promise<void> {
    const who = Math.floor(this.#random() * this.pages.length);
    const page = this.pages[who] as FakePage;
    const dice = this.#random();
    if (dice < 0.35) {
      this.#draw(page, this.wishes[who] as Map<string, Element>);
    } else if (dice < 0.6) {
      page.link.serve();
    } else if (dice < 0.88) {
      if (this.#random() < 0.3) {
        page.link.swap();
      }
      page.link.deliver();
    } else if (dice < 0.93) {
      await page.reconnect();
    } else if (dice < 0.95) {
      page.reload();
      await page.join();
    } else if (dice < 0.97) {
      this.server.pruned = this.server.seq;
    } else if (dice < 0.985) {
      await vi.advanceTimersByTimeAsync(5_000);
    } else if (dice < 0.992) {
      this.#teach();
    } else if (this.server.pruned === 0) {
      this.#epochs += 1;
      this.server.restore(this.server.seq, `epoch-${this.#epochs}`);
      for (const other of this.pages) {
        await other.reconnect();
      }
    }
    await turns(5);
  }

  /** Everything that is under way arrives. */
  async calm(): Promise<void> {
    for (const page of this.pages) {
      await page.prompt();
      await page.reconnect();
    }
    await vi.advanceTimersByTimeAsync(LONG_MS);
    await turns();
  }

  #teach(): void {
    const { server } = this;
    const last = server.cleared.at(-1);
    if (last !== undefined) {
      server.append(TEACHER.id, null, { kind: "board.clear_undone", clear: last.clear });
    } else {
      server.append(TEACHER.id, null, { kind: "board.cleared", member: LUCAS.id });
    }
  }

  #draw(page: FakePage, wishes: Map<string, Element>): void {
    const shown = [...page.state.elements.values()].map(({ element }) => element);
    const some = shown[Math.floor(this.#random() * shown.length)];
    const dice = this.#random();
    let wanted: [Element, ...Element[]];
    if (some === undefined || dice < 0.3) {
      wanted = [rectangle(this.#id(), { x: this.#random() * 100, seed: this.#content(0) })];
    } else if (dice < 0.6) {
      wanted = [{ ...some, x: this.#random() * 100, seed: this.#content(some.seed) }];
    } else if (dice < 0.72) {
      wanted = [deleted(some)];
    } else if (dice < 0.86) {
      const id = this.#id();
      const bound = [...(some.boundElements ?? []), { id, type: "arrow" as const }];
      wanted = [
        arrow(id, some.id, null, { seed: this.#content(0) }),
        { ...some, boundElements: bound },
      ];
    } else {
      const id = this.#id();
      const bound = [...(some.boundElements ?? []), { id, type: "text" as const }];
      wanted = [
        text(id, { containerId: some.id, seed: this.#content(0) }),
        { ...some, boundElements: bound },
      ];
    }
    page.client.change(wanted);
    const [drawn] = wanted; // what it is bound to is only noted there
    wishes.set(drawn.id, drawn);
  }

  /** Whether each accepted change was made by somebody who had seen the one before. */
  unseen(): string[] {
    const contents = new Map<string, number>();
    const unseen: string[] = [];
    for (const { body, seq } of this.server.log) {
      if (body.kind === "board.cleared" || body.kind === "board.clear_undone") {
        contents.clear();
      }
      for (const { element } of body.kind === "board.changed" ? body.elements : []) {
        const before = contents.get(element.id);
        if (element.isDeleted) {
          contents.delete(element.id);
          continue;
        }
        if (before !== undefined && !this.#hasSeen(element.seed, before)) {
          unseen.push(`${element.id} at ${seq}`);
        }
        contents.set(element.id, element.seed);
      }
    }
    return unseen;
  }

  #hasSeen(content: number, before: number): boolean {
    for (let at = content; at > 0; at = this.#seen.get(at) ?? 0) {
      if (at === before) {
        return true;
      }
    }
    return content === before;
  }

  #content(seen: number): number {
    this.#contents += 1;
    this.#seen.set(this.#contents, seen);
    return this.#contents;
  }

  #id(): string {
    this.#ids += 1;
    return `e${this.#ids}`;
  }
}

function contents(elements: ReadonlyMap<string, BoardElement>): Record<string, BoardElement> {
  return Object.fromEntries([...elements].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whether what a page wanted can be seen: on the board, in the log, or as lost. */
function isAccountedFor(page: FakePage, mine: Element): boolean {
  const isInLog = page.server.log.some(
    ({ actor, body }) =>
      actor === page.member.id &&
      body.kind === "board.changed" &&
      body.elements.some(({ element }) => isLike(mine, element)),
  );
  const isLost = page.state.lost.some((lost) => lost.mine.id === mine.id);
  const current = page.server.elements.get(mine.id) ?? null;
  return (
    isInLog || isLost || isAsWished(page.state.elements.get(mine.id)?.element ?? mine, current)
  );
}

/** The same, but for bindings that could not be kept. */
function isLike(mine: Element, made: Element): boolean {
  const bare = (element: Element) => withoutBindings(element, () => true);
  const a = bare(mine);
  const b = bare(made);
  return (
    a.id === b.id &&
    ((a.isDeleted && b.isDeleted) ||
      (isSameElement({ ...a, x: b.x }, b, ["boundElements"]) && Math.abs(a.x - b.x) < 0.01))
  );
}

describe("boards", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it.each(Array.from({ length: SIMULATIONS }, (_, seed) => seed + 1))(
    "end alike everywhere, whatever happens on the way (%i)",
    async (seed) => {
      const simulation = new Simulation(seed);
      const { pages, server, wishes } = simulation;
      for (const page of pages) {
        await page.join();
        page.link.serveAll();
        await turns();
      }
      for (let step = 0; step < STEPS; step += 1) {
        await simulation.step();
      }
      await simulation.calm();
      for (const [who, page] of pages.entries()) {
        expect(page.state.pending).toBe(0);
        expect(page.state.seq).toBe(server.seq);
        expect(contents(page.state.elements)).toEqual(contents(server.elements));
        const unsaid = [...(wishes[who]?.values() ?? [])].filter(
          (mine) => !isAccountedFor(page, mine),
        );
        expect(unsaid).toEqual([]);
      }
      expect(simulation.unseen()).toEqual([]);
      const places = [...server.elements.values()].map(({ element }) => element.index);
      expect(new Set(places).size).toBe(places.length);
    },
  );
});
