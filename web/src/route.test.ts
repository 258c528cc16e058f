import { describe, expect, it } from "vitest";
import { readRoute, twinSpacePath } from "./route";

describe("addresses of the page", () => {
  it("are read", () => {
    expect(readRoute("/")).toEqual({ page: "home" });
    expect(readRoute("/join")).toEqual({ page: "join" });
    expect(readRoute("/twinspace/p/m")).toEqual({
      page: "twinspace",
      project: "p",
      member: "m",
      room: null,
    });
    expect(readRoute("/twinspace/p/m/r")).toMatchObject({ room: "r" });
  });

  it("that are none lead to the start page", () => {
    expect(readRoute("/twinspace/p")).toEqual({ page: "home" });
    expect(readRoute("/%E0%A4%A")).toEqual({ page: "home" });
  });

  it("are written so that they are read alike", () => {
    const path = twinSpacePath("a b", "ł", "x");
    expect(readRoute(path)).toMatchObject({ project: "a b", member: "ł", room: "x" });
  });
});
