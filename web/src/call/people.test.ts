import { describe, expect, it } from "vitest";
import { callView, participant } from "./fakeCall";
import { isAlreadyIn, peopleIn } from "./people";

const CALL = callView([
  participant("laptop", { member: "claire" }),
  participant("camera", { member: "claire", kind: "class-camera" }),
  participant("phone", { member: "leo", away: true }),
]);

describe("people in calls", () => {
  it("are counted once, in however many ways they are there", () => {
    expect(peopleIn([CALL])).toBe(2);
    expect(peopleIn([CALL, callView([participant("tab", { member: "leo" })])])).toBe(2);
    expect(peopleIn([null, undefined])).toBe(0);
  });

  it("are in it already unless they have lost their line", () => {
    expect(isAlreadyIn(CALL, "claire")).toBe(true);
    expect(isAlreadyIn(CALL, "leo")).toBe(false);
    expect(isAlreadyIn(CALL, "jan")).toBe(false);
    expect(isAlreadyIn(CALL, null)).toBe(false);
    expect(isAlreadyIn(null, "claire")).toBe(false);
  });
});
