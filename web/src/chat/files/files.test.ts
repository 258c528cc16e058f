import { afterEach, describe, expect, it, vi } from "vitest";
import { chatFileUrl, sizeInWords } from "./addresses";
import { boxOf } from "./boxes";
import { FILES_MAX, prepare } from "./prepare";
import { cancel, onProgress, progressOf, upload } from "./upload";

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("a box in the list", () => {
  it("has the shape of a picture that is alone", () => {
    expect(boxOf({ width: 4_000, height: 2_000 }, 1)).toMatchObject({
      inlineSize: 320,
      aspectRatio: 2,
    });
    expect(boxOf({ width: 200, height: 200 }, 1)).toMatchObject({
      inlineSize: 200,
      aspectRatio: 1,
    });
  });

  it("cuts what is very long, and frames what is very small", () => {
    expect(boxOf({ width: 9_000, height: 100 }, 1)).toMatchObject({
      inlineSize: 320,
      aspectRatio: 3,
    });
    expect(boxOf({ width: 100, height: 9_000 }, 1)).toMatchObject({ aspectRatio: 0.5 });
    expect(boxOf({ width: 1, height: 1 }, 1)).toMatchObject({ inlineSize: 96 });
  });

  it("is square beside others, and a line of a document", () => {
    expect(boxOf({ width: 9, height: 5 }, 2)).toMatchObject({ inlineSize: 150, aspectRatio: 1 });
    expect(boxOf({ width: null, height: null }, 2)).toMatchObject({ blockSize: 56 });
    expect(boxOf({}, 1)).toMatchObject({ blockSize: 56 });
  });
});

describe("files that are chosen", () => {
  /** Pictures that this browser can read are those whose first letter is a P. */
  function browser() {
    const shown = new Map<string, Blob>();
    vi.stubGlobal("URL", {
      createObjectURL: (blob: Blob) => {
        shown.set(`blob:${shown.size}`, blob);
        return `blob:${shown.size - 1}`;
      },
      revokeObjectURL: () => {},
    });
    class Picture {
      src = "";
      naturalWidth = 30;
      naturalHeight = 20;
      async decode() {
        if ((await shown.get(this.src)?.text())?.startsWith("P") !== true) {
          throw new Error("not a picture");
        }
      }
    }
    vi.stubGlobal("Image", Picture);
  }

  it("are taken as they are when the server takes them", async () => {
    browser();
    const picture = new File(["P"], "a.png", { type: "image/png" });
    const sheet = new File(["%PDF"], "b.PDF");
    const { files, problems } = await prepare([picture, sheet], FILES_MAX);
    expect(problems).toEqual([]);
    expect(files).toMatchObject([
      { name: "a.png", blob: picture, width: 30, height: 20 },
      { name: "b.PDF", blob: sheet, width: null, height: null },
    ]);
  });

  it("are refused one by one, each with its reason", async () => {
    browser();
    const chosen = [
      new File(["PK"], "a.docx", { type: "application/msword" }),
      new File(["?"], "b.png", { type: "image/png" }),
      new File([], "c.png", { type: "image/png" }),
      new File(["P"], "d.png", { type: "image/png" }),
      new File(["P"], "e.png", { type: "image/png" }),
    ];
    const { files, problems } = await prepare(chosen, 1);
    expect(files.map(({ name }) => name)).toEqual(["d.png"]);
    expect(problems).toEqual([
      { name: "a.docx", why: "type" },
      { name: "b.png", why: "picture" },
      { name: "c.png", why: "empty" },
      { name: "e.png", why: "many" },
    ]);
  });

  it("keep the end of a name that is too long", async () => {
    const long = new File(["%PDF"], `${"x".repeat(200)}.pdf`, { type: "application/pdf" });
    const { files } = await prepare([long], 1);
    expect(files[0]?.name).toHaveLength(120);
    expect(files[0]?.name).toMatch(/\.pdf$/);
  });
});

describe("an upload", () => {
  const ASKER = { project: "p/1", member: "anna", room: "r" };
  const FILE = { name: "a.png", blob: new Blob(["P"], { type: "image/png" }), width: 1, height: 1 };

  /** The last request, which the test answers. */
  class FakeRequest {
    static last: FakeRequest;
    upload: { onprogress?: (event: object) => void; onload?: () => void } = {};
    status = 0;
    responseText = "";
    onload = () => {};
    onerror = () => {};
    onabort = () => {};
    onloadend = () => {};
    open = vi.fn();
    send = vi.fn();
    setRequestHeader = vi.fn();
    constructor() {
      FakeRequest.last = this;
    }
    answer(status: number, body: object) {
      this.status = status;
      this.responseText = JSON.stringify(body);
      this.onload();
      this.onloadend();
    }
    abort() {
      this.onabort();
      this.onloadend();
    }
  }

  it("tells how far it is, and the id that the server gave", async () => {
    vi.stubGlobal("XMLHttpRequest", FakeRequest);
    const told = vi.fn();
    const stop = onProgress(told);
    const going = upload(ASKER, "n1", FILE);
    const request = FakeRequest.last;
    expect(request.open).toHaveBeenCalledWith(
      "POST",
      "/projects/p%2F1/files?member=anna&room=r&for=chat",
    );
    request.upload.onprogress?.({ loaded: 1, total: 4 });
    expect(progressOf("n1")).toEqual({ name: "a.png", share: 0.25 });
    request.answer(201, { files: [{ id: "abc" }] });
    expect(await going).toBe("abc");
    expect(progressOf("n1")).toBeNull();
    expect(told).toHaveBeenCalledTimes(3);
    stop();
  });

  it("is refused by the server's code, and tried again when nobody answers, or it is stopped", async () => {
    vi.stubGlobal("XMLHttpRequest", FakeRequest);
    const refused = upload(ASKER, "n1", FILE);
    const error = { code: "too_large", message: "No.", retry: false };
    FakeRequest.last.answer(413, { error });
    await expect(refused).rejects.toMatchObject({ code: "too_large", retry: false });
    const proxied = upload(ASKER, "n2", FILE);
    FakeRequest.last.answer(502, {});
    await expect(proxied).rejects.toMatchObject({ code: "no_answer", retry: true });
    const stopped = upload(ASKER, "n3", FILE);
    cancel("n3");
    await expect(stopped).rejects.toMatchObject({ code: "no_answer" });
  });
});

it("a file has an address for its room, and a size in words", () => {
  const asker = { project: "p", member: "m", room: "r" };
  expect(chatFileUrl(asker, "ab", true)).toBe("/projects/p/files/ab?member=m&room=r&size=preview");
  expect(chatFileUrl(asker, "ab")).toBe("/projects/p/files/ab?member=m&room=r");
  expect([sizeInWords(120, "en"), sizeInWords(2_340_000, "de")]).toEqual(["1 kB", "2,3 MB"]);
});
