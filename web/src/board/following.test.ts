import { describe, expect, it } from "vitest";
import {
  FOLLOWED_EXPIRES_MS,
  heard,
  NOBODY,
  PRESENTER_EXPIRES_MS,
  withoutSilent,
} from "./following";

describe("presenters", () => {
  it("are those who were heard a short while ago", () => {
    const state = heard(heard(NOBODY, "a", 0), "b", 1_000);
    expect([...state.presenters.keys()]).toEqual(["a", "b"]);
    const later = withoutSilent(state, PRESENTER_EXPIRES_MS);
    expect([...later.presenters.keys()]).toEqual(["b"]);
  });

  it("change nothing while all of them are heard", () => {
    const state = heard(NOBODY, "a", 0);
    expect(withoutSilent(state, 1_000)).toBe(state);
  });

  it("are not followed any more when they are silent for longer", () => {
    const state = { ...heard(heard(NOBODY, "a", 0), "b", 0), following: "a" };
    const hanging = withoutSilent(state, FOLLOWED_EXPIRES_MS - 1);
    expect([...hanging.presenters.keys()]).toEqual(["a"]);
    expect(hanging.following).toBe("a");
    expect(withoutSilent(state, FOLLOWED_EXPIRES_MS).following).toBeNull();
  });
});
