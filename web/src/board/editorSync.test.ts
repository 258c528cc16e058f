import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { BoardElement, Element, Rectangle } from "../protocol/generated";
import { toWire } from "./convert";
import { type Editor, EditorSync, type NewElement } from "./editorSync";
import type { BoardClient, BoardState } from "./ports";
import type { EditorElement } from "./scene";
import { NO_BOARD } from "./shown";

const ME = "me";
const OTHER = "other";

function rectangle(id: string, change: Partial<Rectangle> = {}): EditorElement {
  const element = toWire({ id, type: "rectangle", index: "a1", ...change } as Rectangle);
  return { ...element, version: 1, versionNonce: 1, updated: 0 } as EditorElement;
}

/** An editor and a board that are values, with a clock that is moved by hand. */
class Stage {
  elements: readonly EditorElement[] = [];
  work: ReturnType<Editor["work"]> = {
    cursorButton: "up",
    newElement: null,
    multiElement: null,
    resizingElement: null,
    editingTextElement: null,
  };
  board = new Map<string, BoardElement>();
  state: BoardState = { ...NO_BOARD, phase: "ready", rights: { draw: null } };
  now = 10_000;
  frames: (() => void)[] = [];
  readonly sent: Element[][] = [];
  readonly seen: Record<string, number>[] = [];
  readonly refused: string[] = [];
  unkept = 0;
  readonly strokes: string[] = [];
  readonly dropped: string[] = [];
  shownTimes = 0;

  readonly sync = new EditorSync({
    client: {
      getState: () => ({ ...this.state, elements: this.board }),
      change: (elements: readonly Element[], seen?: ReadonlyMap<string, number>) => {
        this.sent.push([...elements]);
        this.seen.push(Object.fromEntries(seen ?? []));
        for (const element of elements) {
          this.put(element, ME);
        }
      },
      stroke: (id: string) => this.strokes.push(id),
      dropStroke: (id: string) => this.dropped.push(id),
    } as unknown as BoardClient,
    editor: {
      scene: () => this.elements,
      work: () => this.work,
      show: (elements) => {
        this.elements = elements;
        this.shownTimes += 1;
      },
    },
    toWire,
    drawer: () => ({
      me: ME,
      isStaff: false,
      mayDraw: this.state.rights.draw === null,
      mayChangeOthers: true,
    }),
    onRefused: (by) => this.refused.push(by),
    onUnkept: () => {
      this.unkept += 1;
    },
    onShown: () => {},
    nextFrame: (work) => {
      this.frames.push(work);
      return () => {
        this.frames = this.frames.filter((one) => one !== work);
      };
    },
    now: () => this.now,
  });

  put(element: Element, by: string): void {
    const version = (this.board.get(element.id)?.version ?? 0) + 1;
    const creator = this.board.get(element.id)?.creator ?? by;
    this.board = new Map(this.board);
    if (element.isDeleted) {
      this.board.delete(element.id);
    } else {
      this.board.set(element.id, { element, version, creator, class_id: null, editor: by, at: 0 });
    }
  }

  /** Somebody else changes the board. */
  others(element: Element): void {
    this.put(element, OTHER);
    this.sync.boardChanged();
    this.frame();
  }

  frame(): void {
    const frames = this.frames;
    this.frames = [];
    for (const work of frames) {
      work();
    }
  }

  /** The person changes an element, as the editor does it. */
  edit(id: string, change: Partial<EditorElement>): void {
    this.elements = this.elements.map((element) =>
      element.id === id
        ? ({
            ...element,
            ...change,
            version: element.version + 1,
            versionNonce: element.versionNonce + 7,
          } as EditorElement)
        : element,
    );
    this.sync.editorChanged();
  }

  draw(element: EditorElement): void {
    this.elements = [...this.elements, element];
    this.sync.editorChanged();
  }
}

let stage: Stage;

beforeEach(() => {
  vi.useFakeTimers();
  stage = new Stage();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("what the person does", () => {
  it("is handed over when the pointer is up", () => {
    stage.work = { ...stage.work, cursorButton: "down" };
    stage.draw(rectangle("a"));
    expect(stage.sent).toEqual([]);
    stage.work = { ...stage.work, cursorButton: "up" };
    stage.sync.editorChanged();
    expect(stage.sent).toMatchObject([[{ id: "a" }]]);
  });

  it("is gathered when it changes many times a second", () => {
    stage.draw(rectangle("a"));
    for (const opacity of [90, 80, 70]) {
      stage.edit("a", { opacity });
    }
    expect(stage.sent).toHaveLength(1);
    vi.runOnlyPendingTimers();
    expect(stage.sent).toMatchObject([[{ opacity: 100 }], [{ opacity: 70 }]]);
  });

  it("is sent now and then while it is typed", () => {
    const text = (words: string) =>
      ({ text: words, originalText: words }) as Partial<EditorElement>;
    stage.work = { ...stage.work, editingTextElement: { id: "t" } };
    const element = toWire({ id: "t", type: "text" });
    stage.draw({ ...element, version: 1, versionNonce: 1, updated: 0 } as EditorElement);
    const before = stage.sent.length;
    stage.now += 500;
    stage.edit("t", text("Wi"));
    expect(stage.sent).toHaveLength(before);
    stage.now += 2_000;
    stage.edit("t", text("Wisła"));
    expect(stage.sent.at(-1)).toMatchObject([{ text: "Wisła" }]);
  });

  it("is handed over when the page goes out of sight, half a text too, but no half shape", () => {
    stage.work = {
      ...stage.work,
      editingTextElement: { id: "t" },
      multiElement: { id: "b" },
    };
    stage.draw(rectangle("t"));
    stage.edit("t", { x: 3 });
    stage.elements = [...stage.elements, rectangle("b", { index: "a2" })];
    stage.sync.flush();
    expect(stage.sent.at(-1)).toMatchObject([{ id: "t", x: 3 }]);
  });

  it("is handed over when the board is closed, also half a text", () => {
    stage.work = { ...stage.work, editingTextElement: { id: "a" }, cursorButton: "down" };
    stage.elements = [rectangle("a")];
    stage.sync.close();
    expect(stage.sent).toMatchObject([[{ id: "a" }]]);
  });

  it("is taken back without the right to draw", () => {
    stage.state = { ...stage.state, rights: { draw: "board_read_only" } };
    stage.draw(rectangle("a"));
    stage.frame();
    expect(stage.sent).toEqual([]);
    expect(stage.elements).toMatchObject([{ id: "a", isDeleted: true }]);
  });

  it("is told to be lost when the right to draw went while the pen was down", () => {
    stage.work = { ...stage.work, cursorButton: "down" };
    stage.draw(rectangle("a"));
    stage.state = { ...stage.state, rights: { draw: "room_closed" } };
    stage.sync.boardChanged();
    stage.frame();
    expect(stage.unkept).toBe(0);
    stage.work = { ...stage.work, cursorButton: "up" };
    stage.sync.editorChanged();
    stage.frame();
    expect(stage).toMatchObject({ sent: [], unkept: 1 });
    stage.frame();
    stage.sync.editorChanged();
    expect(stage.unkept).toBe(1);
  });
});

describe("what others do", () => {
  it("is shown with the next frame, and is no change of one's own", () => {
    stage.others(toWire(rectangle("a")));
    expect(stage.elements).toMatchObject([{ id: "a" }]);
    stage.sync.flush();
    expect(stage.sent).toEqual([]);
  });

  it("waits for a text that is being typed, and comes after it", () => {
    stage.others(toWire(rectangle("a")));
    stage.work = { ...stage.work, editingTextElement: { id: "a" } };
    stage.sync.editorChanged();
    stage.others(toWire(rectangle("a", { x: 7 })));
    expect(stage.elements).toMatchObject([{ x: 0 }]);
    stage.work = { ...stage.work, editingTextElement: null };
    stage.sync.editorChanged();
    stage.frame();
    expect(stage.elements).toMatchObject([{ x: 7 }]);
  });

  it("is not written over by who has not seen it yet", () => {
    stage.others(toWire(rectangle("a")));
    stage.work = { ...stage.work, editingTextElement: { id: "a" } };
    stage.sync.editorChanged();
    stage.others(toWire(rectangle("a", { x: 7 })));
    stage.edit("a", { y: 3 });
    expect(stage.sent).toMatchObject([[{ x: 0, y: 3 }]]);
    expect(stage.seen).toEqual([{ a: 1 }]);
  });

  it("is seen once it is shown", () => {
    stage.others(toWire(rectangle("a")));
    stage.others(toWire(rectangle("a", { x: 7 })));
    stage.edit("a", { y: 3 });
    expect(stage.seen).toEqual([{ a: 2 }]);
  });

  it("is left alone by an undo", () => {
    stage.draw(rectangle("a"));
    stage.others(toWire(rectangle("a", { x: 7 })));
    stage.sync.undoing();
    stage.edit("a", { isDeleted: true });
    stage.frame();
    stage.frame();
    expect(stage.elements).toMatchObject([{ id: "a", x: 7, isDeleted: false }]);
    expect(stage.sent).toHaveLength(1);
  });

  it("may be changed again some frames after an undo", () => {
    stage.others(toWire(rectangle("a")));
    stage.sync.undoing();
    stage.frame();
    stage.frame();
    stage.edit("a", { x: 3 });
    expect(stage.sent).toMatchObject([[{ x: 3 }]]);
  });
});

describe("strokes in progress", () => {
  const stroke: NewElement = {
    id: "s",
    type: "freedraw",
    x: 0,
    y: 0,
    strokeColor: "#000",
    strokeWidth: 2,
    opacity: 100,
    points: [[0, 0]],
  };

  it("are passed on while they are drawn", () => {
    stage.work = { ...stage.work, newElement: stroke, cursorButton: "down" };
    stage.sync.editorChanged();
    stage.sync.editorChanged();
    expect(stage.strokes).toEqual(["s", "s"]);
    expect(stage.dropped).toEqual([]);
  });

  it("are dropped when nothing comes of them", () => {
    stage.work = { ...stage.work, newElement: stroke, cursorButton: "down" };
    stage.sync.editorChanged();
    stage.work = { ...stage.work, newElement: null, cursorButton: "up" };
    stage.sync.editorChanged();
    expect(stage.dropped).toEqual(["s"]);
  });

  it("are finished by their element", () => {
    stage.elements = [rectangle("s")];
    stage.work = { ...stage.work, newElement: stroke, cursorButton: "down" };
    stage.sync.editorChanged();
    stage.work = { ...stage.work, newElement: null, cursorButton: "up" };
    stage.sync.editorChanged();
    expect(stage.dropped).toEqual([]);
    expect(stage.sent).toMatchObject([[{ id: "s" }]]);
  });
});
