/** Holds the state, runs actions through the reducer, tells React. */

import { createContext, useContext, useRef, useSyncExternalStore } from "react";
import { type Action, EMPTY_STATE, reduce, type TwinSpaceState } from "./twinspace";

/**
 * Milliseconds between two tellings: a frame of a screen at 60 Hz. In a busy room a page is sent more messages than it can
 * draw lists; drawn one by one they would pile up, and it would stand still for seconds.
 */
const FRAME_MS = 16;

export class Store {
  #state: TwinSpaceState = EMPTY_STATE;
  readonly #listeners = new Set<() => void>();
  #told = Number.NEGATIVE_INFINITY;
  #telling: ReturnType<typeof setTimeout> | null = null;

  /** The newest state, also what listeners were not told of yet. */
  readonly getState = (): TwinSpaceState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Listeners are told at once, but once a frame when many changes come together. */
  dispatch(action: Action): void {
    const before = this.#state;
    this.#state = reduce(before, action);
    if (this.#state === before || this.#telling !== null) {
      return;
    }
    const wait = this.#told + FRAME_MS - performance.now();
    if (wait <= 0) {
      this.#tell();
    } else {
      this.#telling = setTimeout(() => this.#tell(), wait);
    }
  }

  #tell(): void {
    this.#telling = null;
    this.#told = performance.now();
    for (const listener of this.#listeners) {
      listener();
    }
  }
}

export const StoreContext = createContext<Store | null>(null);

export function useStore(): Store {
  const store = useContext(StoreContext);
  if (store === null) {
    throw new Error("useStore outside of a TwinSpace");
  }
  return store;
}

/**
 * A part of the state. The component renders again when the part has changed: by identity, or by content where the
 * selector makes a new array or object each time.
 */
export function useTwinSpace<T>(select: (state: TwinSpaceState) => T): T {
  const store = useStore();
  const last = useRef<{ value: T } | null>(null);
  return useSyncExternalStore(store.subscribe, () => {
    const value = select(store.getState());
    if (last.current !== null && isSame(last.current.value, value)) {
      return last.current.value;
    }
    last.current = { value };
    return value;
  });
}

/** Equal, or shallowly equal arrays or plain objects. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) {
    return true;
  }
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    return false;
  }
  if (Array.isArray(a) !== Array.isArray(b)) {
    return false;
  }
  const entries = Object.entries(a);
  const other = b as Record<string, unknown>;
  return (
    entries.length === Object.keys(b).length &&
    entries.every(([key, value]) => key in other && Object.is(value, other[key]))
  );
}
