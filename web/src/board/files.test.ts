import { afterEach, describe, expect, it, vi } from "vitest";
import { downloadBoard, fileUrl, uploadFile } from "./files";

const ANNA = { project: "p/1", member: "anna", room: "r" };
const STORED = { id: "a".repeat(64), type: "image/png", width: 1, height: 1 };

afterEach(() => {
  vi.unstubAllGlobals();
});

function server(answer: () => Response | Promise<Response>) {
  const asked = vi.fn((_path: string, _request: RequestInit) => Promise.resolve().then(answer));
  vi.stubGlobal("fetch", asked);
  return asked;
}

describe("uploadFile", () => {
  it("sends the file as it is and answers what was stored", async () => {
    const asked = server(() => Response.json({ files: [STORED] }, { status: 201 }));
    const file = new Blob(["x"], { type: "image/png" });
    expect(await uploadFile(ANNA, file)).toEqual([STORED]);
    expect(asked).toHaveBeenCalledWith(
      "/projects/p%2F1/files?member=anna&room=r",
      expect.objectContaining({ method: "POST", body: file }),
    );
  });

  it("says what the server refuses", async () => {
    const error = { code: "file_type_refused", message: "No.", retry: false };
    server(() => Response.json({ error }, { status: 415 }));
    await expect(uploadFile(ANNA, new Blob())).rejects.toMatchObject({ code: "file_type_refused" });
  });

  it("says that there is no answer when there is none, or not the server's", async () => {
    server(() => {
      throw new TypeError("offline");
    });
    await expect(uploadFile(ANNA, new Blob())).rejects.toMatchObject({ code: "no_answer" });
    server(() => new Response("<h1>Bad gateway</h1>", { status: 502 }));
    await expect(uploadFile(ANNA, new Blob())).rejects.toMatchObject({ code: "no_answer" });
  });
});

describe("downloadBoard", () => {
  it("asks as the member", async () => {
    const asked = server(() => new Response("{}"));
    expect(await (await downloadBoard(ANNA, "b")).text()).toBe("{}");
    expect(asked.mock.calls[0]?.[0]).toBe("/projects/p%2F1/boards/b.excalidraw?member=anna");
  });
});

describe("fileUrl", () => {
  it("names the member whose cookie it is", () => {
    expect(fileUrl(ANNA, "ab")).toBe("/projects/p%2F1/files/ab?member=anna");
  });
});
