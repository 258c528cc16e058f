import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type ConnectAuth,
  type Failure,
  OLDEST_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
} from "../protocol/generated";
import type { ConnectionState } from "../state/twinspace";
import { FIRST_DELAY_MS } from "./backoff";
import { noAnswer } from "./failure";
import type { Link, LinkHandlers } from "./link";
import { RELOAD_AGAIN_MS, reloadOnce } from "./outdated";
import { MOVE_USUAL_MS, Reconnector } from "./reconnector";
import type { Transport } from "./transports";

const OUTDATED: Failure = { code: "version_unsupported", message: "Reload.", retry: false };

interface Try {
  node: string | null;
  auth: ConnectAuth;
  transports: Transport[];
  handlers: LinkHandlers;
  isClosed: boolean;
}

/** A page that keeps a connection, and a server that is told what to do with each try. */
function setUp({ onOutdated = (): boolean => false, onLink = async (): Promise<void> => {} } = {}) {
  const tries: Try[] = [];
  const states: ConnectionState[] = [];
  const reconnector = new Reconnector({
    project: "p",
    auth: (version) => ({ version, member: "m" }),
    openLink: ({ node, auth, transports }, handlers) => {
      const one: Try = { node, auth, transports, handlers, isClosed: false };
      tries.push(one);
      const link: Link = {
        request: () => new Promise(() => {}),
        close: () => {
          if (!one.isClosed) {
            one.isClosed = true;
            handlers.onClose(null);
          }
        },
        transport: () => "websocket",
      };
      return link;
    },
    onLink,
    onPush: () => {},
    onState: (state) => states.push(state),
    onOutdated,
  });
  reconnector.start();
  const last = () => tries.at(-1) as Try;
  return {
    tries,
    states,
    reconnector,
    last,
    phases: () => states.map(({ phase }) => phase),
    versions: () => tries.map(({ auth }) => auth.version),
    letIn: async () => {
      last().handlers.onOpen();
      await vi.advanceTimersByTimeAsync(0);
    },
    refuse: (failure: Failure | null) => {
      last().isClosed = true;
      last().handlers.onClose(failure);
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("window", { addEventListener: () => {}, removeEventListener: () => {} });
  vi.stubGlobal("navigator", { onLine: true });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a server that ends", () => {
  it("is left at the moment that it gave, and nobody hears of it", async () => {
    const { tries, phases, reconnector, letIn } = setUp();
    await letIn();
    reconnector.moveAfter(700);
    await vi.advanceTimersByTimeAsync(699);
    expect(tries).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(tries.map(({ isClosed }) => isClosed)).toEqual([true, false]);
    await letIn();
    await vi.advanceTimersByTimeAsync(2 * MOVE_USUAL_MS);
    expect(phases()).toEqual(["connecting", "online", "moving", "online"]);
  });

  it("is heard of when the next one takes longer than usual", async () => {
    const { phases, reconnector, letIn, refuse } = setUp();
    await letIn();
    reconnector.moveAfter(0);
    await vi.advanceTimersByTimeAsync(0);
    refuse(null);
    await vi.advanceTimersByTimeAsync(FIRST_DELAY_MS);
    expect(new Set(phases().slice(2))).toEqual(new Set(["moving"]));
    await vi.advanceTimersByTimeAsync(MOVE_USUAL_MS - FIRST_DELAY_MS);
    expect(phases().at(-1)).toBe("reconnecting");
    await letIn();
    expect(phases().at(-1)).toBe("online");
  });

  it("may name another one, which is asked for until it cannot be reached", async () => {
    const { tries, reconnector, letIn, refuse } = setUp();
    await letIn();
    reconnector.moveAfter(0, "node2");
    await vi.advanceTimersByTimeAsync(0);
    await letIn();
    refuse(null);
    await vi.advanceTimersByTimeAsync(10 * FIRST_DELAY_MS);
    refuse(null);
    await vi.advanceTimersByTimeAsync(10 * FIRST_DELAY_MS);
    expect(tries.map(({ node }) => node)).toEqual([null, "node2", "node2", null]);
  });

  it("was not to blame: WebSocket stays the first choice after many moves", async () => {
    const { tries, reconnector, letIn, last } = setUp();
    await letIn();
    for (let move = 0; move < 3; move += 1) {
      reconnector.moveAfter(0);
      await vi.advanceTimersByTimeAsync(0);
      await letIn();
    }
    expect(tries).toHaveLength(4);
    expect(last().transports).toEqual(["websocket", "polling"]);
  });

  it("may be gone before the moment; then one comes back as ever, once", async () => {
    const { tries, phases, reconnector, letIn, refuse } = setUp();
    await letIn();
    reconnector.moveAfter(60_000);
    refuse(null);
    expect(phases().at(-1)).toBe("waiting");
    await vi.advanceTimersByTimeAsync(FIRST_DELAY_MS);
    await letIn();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(tries).toHaveLength(2);
    expect(phases().at(-1)).toBe("online");
  });

  it("is not left by a page that was closed meanwhile", async () => {
    const { tries, reconnector, letIn } = setUp();
    await letIn();
    reconnector.moveAfter(10);
    reconnector.stop();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(tries).toHaveLength(1);
  });

  it("says for good what is for good", async () => {
    const { phases, reconnector, letIn, refuse } = setUp();
    await letIn();
    reconnector.moveAfter(0);
    await vi.advanceTimersByTimeAsync(0);
    refuse({ code: "session_ended", message: "", retry: false });
    expect(phases().at(-1)).toBe("ended");
    await vi.advanceTimersByTimeAsync(2 * MOVE_USUAL_MS);
    expect(phases().at(-1)).toBe("ended");
  });
});

describe("a line that is lost while the page joins", () => {
  /** As the socket does it: the loss is told first, and then what was asked is answered by it. */
  async function lostInJoining() {
    let fail = (): void => {};
    const onLink = () => new Promise<void>((_, reject) => (fail = () => reject(noAnswer())));
    const page = setUp({ onLink });
    const lose = async () => {
      await page.letIn();
      page.refuse(null);
      fail();
      await vi.advanceTimersByTimeAsync(0);
    };
    await lose();
    return { ...page, lose };
  }

  it("is lost once: the next wait is one step longer, not two", async () => {
    vi.spyOn(Math, "random").mockReturnValue(1);
    const { tries, lose } = await lostInJoining();
    await vi.advanceTimersByTimeAsync(FIRST_DELAY_MS);
    expect(tries).toHaveLength(2);
    await lose();
    await vi.advanceTimersByTimeAsync(2 * FIRST_DELAY_MS);
    expect(tries).toHaveLength(3);
  });

  it("leaves nothing behind that would end the next one", async () => {
    const { tries, reconnector, letIn } = await lostInJoining();
    reconnector.tryNow();
    await letIn();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(tries).toHaveLength(2);
  });

  it("is not opened again by a page that was closed", async () => {
    const { tries, reconnector } = await lostInJoining();
    reconnector.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(tries).toHaveLength(1);
  });
});

describe("a server that wants to be left alone for a while", () => {
  it("is, and a class does not come back in the same moment", async () => {
    const { tries, states, refuse } = setUp();
    refuse({ code: "too_many_requests", message: "", retry: true, retry_after: 40 });
    const waiting = states.at(-1);
    expect(waiting).toMatchObject({ phase: "waiting", refusal: "too_many_requests" });
    await vi.advanceTimersByTimeAsync(40_000);
    expect(tries).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(FIRST_DELAY_MS);
    expect(tries).toHaveLength(2);
  });
});

/** From the newest to the oldest. */
const OUR_VERSIONS = Array.from(
  { length: PROTOCOL_VERSION - OLDEST_PROTOCOL_VERSION + 1 },
  (_, older) => PROTOCOL_VERSION - older,
);

describe("a server of another version", () => {
  it("is spoken to in its own, and the next one in the newest again", async () => {
    const { versions, phases, reconnector, letIn, refuse } = setUp();
    refuse(OUTDATED);
    await letIn();
    expect(phases().at(-1)).toBe("online");
    reconnector.moveAfter(0);
    await vi.advanceTimersByTimeAsync(0);
    expect(versions()).toEqual([PROTOCOL_VERSION, PROTOCOL_VERSION - 1, PROTOCOL_VERSION]);
  });

  it("that speaks none of ours is the end, after every one was tried", () => {
    const { versions, phases, refuse } = setUp();
    for (const _ of OUR_VERSIONS) {
      refuse(OUTDATED);
    }
    expect(versions()).toEqual(OUR_VERSIONS);
    expect(phases().at(-1)).toBe("ended");
  });

  it("is not the end when the page is fetched anew", async () => {
    const onOutdated = vi.fn(() => true);
    const { tries, phases, refuse } = setUp({ onOutdated });
    for (const _ of OUR_VERSIONS) {
      refuse(OUTDATED);
    }
    await vi.advanceTimersByTimeAsync(60_000);
    expect(onOutdated).toHaveBeenCalledTimes(1);
    expect(tries).toHaveLength(OUR_VERSIONS.length);
    expect(phases()).not.toContain("ended");
  });
});

describe("the page that is too old", () => {
  let kept: Map<string, string>;

  beforeEach(() => {
    kept = new Map();
    vi.stubGlobal("sessionStorage", {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => kept.set(key, value),
    });
  });

  it("is fetched anew once, and later once more", () => {
    const reload = vi.fn();
    expect(reloadOnce({ now: () => 0, reload })).toBe(true);
    expect(reloadOnce({ now: () => RELOAD_AGAIN_MS - 1, reload })).toBe(false);
    expect(reload).toHaveBeenCalledTimes(1);
    expect(reloadOnce({ now: () => RELOAD_AGAIN_MS, reload })).toBe(true);
  });

  it("is fetched anew when the one before was another version", () => {
    kept.set("rtserver.reloaded", JSON.stringify({ version: OLDEST_PROTOCOL_VERSION - 1, at: 0 }));
    expect(reloadOnce({ now: () => 1, reload: () => {} })).toBe(true);
  });

  it("is fetched anew when what was kept makes no sense", () => {
    kept.set("rtserver.reloaded", "{");
    expect(reloadOnce({ now: () => 1, reload: () => {} })).toBe(true);
  });

  it("is never fetched anew where that cannot be remembered", () => {
    vi.stubGlobal("sessionStorage", {
      getItem: () => null,
      setItem: () => {
        throw new Error("switched off");
      },
    });
    const reload = vi.fn();
    expect(reloadOnce({ now: () => 0, reload })).toBe(false);
    expect(reload).not.toHaveBeenCalled();
  });
});
