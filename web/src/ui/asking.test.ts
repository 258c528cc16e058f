import { describe, expect, it } from "vitest";
import { oneAtATime } from "./asking";

describe("what is asked once at a time", () => {
  function setUp() {
    const once = oneAtATime();
    const asked: ((error?: Error) => void)[] = [];
    const ask = () =>
      once(
        () =>
          new Promise((resolve, reject) => {
            asked.push((error) => (error === undefined ? resolve() : reject(error)));
          }),
      );
    return { asked, ask };
  }

  it("is not asked a second time while the answer is on its way", async () => {
    const { asked, ask } = setUp();
    const first = ask();
    await ask();
    expect(asked).toHaveLength(1);
    asked[0]?.();
    await first;
    void ask();
    expect(asked).toHaveLength(2);
  });

  it("is asked again after it has failed", async () => {
    const { asked, ask } = setUp();
    const first = ask();
    asked[0]?.(new Error("no answer"));
    await expect(first).rejects.toThrow("no answer");
    void ask();
    expect(asked).toHaveLength(2);
  });
});
