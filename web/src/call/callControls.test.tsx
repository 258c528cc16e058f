/** Parts of the call as they are drawn first, as HTML. */

import i18next from "i18next";
import { isValidElement, type ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { initReactI18next } from "react-i18next";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { TwinSpaceConnection } from "../connection/twinspace";
import { StoreContext } from "../state/store";
import { ConnectionContext } from "../twinspace/connectionContext";
import { NoticesProvider } from "../ui/Notices";
import { ANNA, callView, ME, participant, setUpCall } from "./fakeCall";
import { HandQueue } from "./HandQueue";
import { LeaveButton } from "./LeaveButton";

// React wants to be told what a server would draw; the page is drawn by browsers only.
vi.mock("react", async (original) => ({
  ...(await original<typeof import("react")>()),
  useSyncExternalStore: (_: unknown, read: () => unknown) => read(),
}));

beforeAll(async () => {
  await i18next.use(initReactI18next).init({ lng: "cimode" }); // keys instead of words
});

/** Drawn for a teacher: nothing is denied. */
function drawn(part: ReactNode): string {
  const { store, client } = setUpCall();
  const connection = { call: client } as TwinSpaceConnection;
  return renderToStaticMarkup(
    <ConnectionContext value={connection}>
      <StoreContext value={store}>
        <NoticesProvider>{part}</NoticesProvider>
      </StoreContext>
    </ConnectionContext>,
  );
}

/** The types of the elements that a component draws, by their places: React keeps an element where both stay the same. */
function places(drawing: () => ReactNode): unknown {
  let found: unknown = null;
  const typesOf = (node: ReactNode): unknown => {
    if (!isValidElement<{ children?: ReactNode }>(node)) {
      return null;
    }
    const { children } = node.props;
    return [node.type, Array.isArray(children) ? children.map(typesOf) : typesOf(children)];
  };
  function Probe() {
    found = typesOf(drawing());
    return null;
  }
  drawn(<Probe />);
  return found;
}

describe("the way out", () => {
  const alone = { room: "r", view: callView([ME]) };
  const among = { room: "r", view: callView([ME, ANNA]) };

  it("opens a menu for a teacher who is not alone", () => {
    expect(drawn(<LeaveButton {...among} />)).toContain('aria-haspopup="menu"');
    expect(drawn(<LeaveButton {...alone} />)).not.toContain("aria-haspopup");
  });

  it("is the same button when the last of the others leaves, so that it keeps the focus", () => {
    expect(places(() => LeaveButton(among))).not.toBeNull();
    expect(places(() => LeaveButton(alone))).toEqual(places(() => LeaveButton(among)));
  });
});

describe("the raised hands", () => {
  const queue = () =>
    drawn(
      <HandQueue view={callView([ME, ANNA, participant("leo")], { hands: ["anna", "leo"] })} />,
    );

  it("can all be lowered by one button, which is no part of the heading", () => {
    expect(queue().split("call.hands.lowerAll")).toHaveLength(2);
    expect(/<h2.*?<\/h2>/.exec(queue())?.[0]).not.toContain("<button");
  });
});
