import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { BoardElement, Element } from "../../protocol/generated";
import { ON_TOP } from "../convert";
import type { BoardClient, StoredFile } from "../ports";
import { editorInNode } from "./fixtures/editorInNode";
import type { RestoreElements } from "./order";
import { insertPages, insertPictures, loadPictures, type Putting, picturesOf } from "./pictures";
import { board, item } from "./samples";

const VIEW = { x: 1_000, y: 0, width: 2_000, height: 2_000 };
const LOAD_MS = 60_000;

let restoreElements: RestoreElements;
beforeAll(async () => {
  restoreElements = (await editorInNode()).restoreElements as unknown as RestoreElements;
}, LOAD_MS);

afterEach(() => {
  vi.unstubAllGlobals();
});

function stored(id: string, width: number, height: number): StoredFile {
  return { id: id.repeat(64), type: "image/png", width, height };
}

function putting(
  files: readonly StoredFile[],
  there: ReadonlyMap<string, BoardElement> = new Map(),
): Putting & { changed: Element[] } {
  const changed: Element[] = [];
  let count = 0;
  const client = {
    getState: () => ({ elements: there }),
    change: (elements: readonly Element[]) => changed.push(...elements),
  };
  return {
    client: client as unknown as BoardClient,
    upload: async () => files,
    restoreElements,
    newId: () => `new-${++count}`,
    newSeed: () => 7,
    changed,
  };
}

describe("insertPictures", () => {
  it("puts pictures side by side in the middle of what is seen, above everything", async () => {
    const one = putting(
      [stored("a", 400, 200)],
      board(
        item({ type: "line", id: "l", index: "b05" }),
        item({ type: "line", id: "new", index: ON_TOP }),
      ),
    );
    await insertPictures([new Blob(), new Blob()], VIEW, one);
    expect(one.changed).toMatchObject([
      { type: "image", fileId: "a".repeat(64), status: "saved", width: 400, height: 200, y: 900 },
      { x: 2_012, locked: false },
    ]);
    expect(one.changed[0]?.x).toBe(1_588);
    expect(one.changed.every(({ index }) => index > "b05")).toBe(true);
  });

  it("makes a large one small enough to be seen as a whole", async () => {
    const one = putting([stored("a", 4_000, 1_000)]);
    await insertPictures([new Blob()], VIEW, one);
    expect(one.changed[0]).toMatchObject({ width: 640, height: 160 });
    const far = putting([stored("a", 4_000, 1_000)]);
    await insertPictures([new Blob()], { ...VIEW, width: 100, height: 500 }, far);
    expect(far.changed[0]).toMatchObject({ width: 60, height: 15 });
  });

  it("changes nothing when an upload fails", async () => {
    const one = putting([]);
    const upload = async () => {
      throw new Error("refused");
    };
    await expect(insertPictures([new Blob()], VIEW, { ...one, upload })).rejects.toThrow("refused");
    expect(one.changed).toEqual([]);
  });
});

describe("insertPages", () => {
  it("puts pages below each other, locked, behind everything", async () => {
    const there = board(item({ type: "line", id: "l", x: 50, y: 0, height: 100, index: "a1" }));
    const one = putting([stored("a", 500, 700), stored("b", 500, 250)], there);
    await insertPages(new Blob(), VIEW, one);
    expect(one.changed).toMatchObject([
      { x: 50, y: 140, width: 1_000, height: 1_400, locked: true },
      { x: 50, y: 1_580, width: 1_000, height: 500, locked: true },
    ]);
    const places = one.changed.map(({ index }) => index);
    expect(places.every((place) => place < "a1")).toBe(true);
    expect([...places].sort()).toEqual(places);
  });
});

describe("picturesOf", () => {
  it("names each picture once", () => {
    const elements = board(
      item({ type: "image", id: "1", fileId: "a" }),
      item({ type: "image", id: "2", fileId: "a" }),
      item({ type: "image", id: "3", fileId: null }),
      item({ type: "line", id: "4" }),
    );
    expect(picturesOf(elements.values())).toEqual(["a"]);
  });
});

describe("loadPictures", () => {
  it("answers which could not be had, and goes on with the others", async () => {
    vi.stubGlobal("FileReader", ReaderOfText);
    vi.stubGlobal("fetch", async (address: string) => {
      if (address === "/offline") {
        throw new TypeError("no network");
      }
      const type = address === "/page" ? "text/html" : "image/png";
      const status = address === "/gone" ? 404 : 200;
      return new Response(new Blob(["x"], { type }), { status });
    });
    const loaded: string[] = [];
    const missing = await loadPictures(
      ["offline", "a", "page", "gone", "b", "c"],
      (id) => `/${id}`,
      ({ id, dataURL }) => loaded.push(`${id} ${dataURL}`),
    );
    expect(missing.sort()).toEqual(["gone", "offline", "page"]);
    expect(loaded.sort()).toEqual(["a data:image/png", "b data:image/png", "c data:image/png"]);
  });
});

describe("a server that is asked for too many", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  function serve(refusals: number): { asked: number } {
    vi.useFakeTimers();
    vi.stubGlobal("FileReader", ReaderOfText);
    const seen = { asked: 0 };
    vi.stubGlobal("fetch", async () => {
      seen.asked += 1;
      return seen.asked <= refusals
        ? new Response("{}", { status: 429, headers: { "Retry-After": "3" } })
        : new Response(new Blob(["x"], { type: "image/png" }));
    });
    return seen;
  }

  it("is asked again when it says so, not before", async () => {
    const seen = serve(2);
    const loaded: string[] = [];
    const missing = loadPictures(["a"], String, ({ id }) => loaded.push(id));
    await vi.advanceTimersByTimeAsync(2_900);
    expect(seen.asked).toBe(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(seen.asked).toBe(2);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await missing).toEqual([]);
    expect(loaded).toEqual(["a"]);
  });

  it("is not asked for ever", async () => {
    const seen = serve(Number.POSITIVE_INFINITY);
    const missing = loadPictures(["a"], String, () => {});
    await vi.advanceTimersByTimeAsync(100_000);
    expect(await missing).toEqual(["a"]);
    expect(seen.asked).toBe(20);
  });
});

/** The browser's, as far as it is used. */
class ReaderOfText {
  result = "";
  onload = () => {};

  readAsDataURL(file: Blob): void {
    this.result = `data:${file.type}`;
    queueMicrotask(() => this.onload());
  }
}
