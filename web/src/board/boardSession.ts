/** One board in one editor: what goes to and fro between them, and what passes over it. */

import { CaptureUpdateAction, getCommonBounds, getFreeDrawSvgPath } from "@excalidraw/excalidraw";
import type { ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import { SELECTED_MAX } from "../protocol/generated";
import { toWire } from "./convert";
import { type Editor, EditorSync } from "./editorSync";
import { showWhole } from "./firstView";
import { focusHelp } from "./focusHelp";
import { type Following, heard, NOBODY, PRESENTING_AGAIN_MS, withoutSilent } from "./following";
import { Overlay } from "./overlay";
import type { BoardClient, Cursor, Passing, Rect } from "./ports";
import type { Drawer, EditorElement } from "./scene";
import { rectOf, showing, type View } from "./view";

/** What React shows of it. */
export interface Shown extends Following {
  /** Others who point at the board now. */
  pointers: readonly string[];
  /** What this person has selected. */
  selected: readonly string[];
  isPresenting: boolean;
  /** Something is being drawn, by whomever. */
  isDrawing: boolean;
  /** Who has brought everybody to a part of the board. */
  broughtBy: string | null;
  /** Whose work this person has tried to change, and may not. */
  refusedBy: string | null;
  /** What one was drawing was not kept: meanwhile one may not draw any more. */
  isUnkept: boolean;
}

export interface People {
  drawer(): Drawer;
  colourOf(member: string): string;
  isHere(member: string): boolean;
}

export interface BoardSessionOptions {
  api: ExcalidrawImperativeAPI;
  client: BoardClient;
  canvas: HTMLCanvasElement;
  people: People;
  place(member: string, left: number, top: number): void;
}

export class BoardSession {
  readonly #options: BoardSessionOptions;
  readonly #sync: EditorSync;
  readonly #overlay: Overlay;
  readonly #listeners = new Set<() => void>();
  readonly #stops: (() => void)[];
  #shown: Shown = {
    ...NOBODY,
    pointers: [],
    selected: [],
    isPresenting: false,
    isDrawing: false,
    broughtBy: null,
    refusedBy: null,
    isUnkept: false,
  };
  #cursor: Cursor = { x: 0, y: 0, tool: "pointer", pressed: false, selected: [] };
  #isFirst = true;
  /** The dialog of the editor's own that is open. */
  #dialog: string | undefined;
  /** The view that was set here, not by the person, and what it was set to show. */
  #setView = "";
  #setRect: Rect | null = null;
  #size = "";
  /** What the presenters show, to go there when they are followed. */
  readonly #views = new Map<string, Rect>();

  constructor(options: BoardSessionOptions) {
    const { api, client, canvas, people } = options;
    this.#options = options;
    this.#overlay = new Overlay({
      canvas,
      view: () => this.#view(),
      outline,
      colourOf: people.colourOf,
      isHere: people.isHere,
      boundsOf: (id) => this.#boundsOf(id),
      aside: () => client.getState().hidden,
      onPointers: (pointers) => this.#show({ pointers }),
      onDrawn: () => this.#noteDrawing(),
      place: options.place,
    });
    this.#sync = new EditorSync({
      client,
      editor: editorOf(api),
      toWire,
      drawer: people.drawer,
      onRefused: (refusedBy) => this.#show({ refusedBy }),
      onUnkept: () => this.#show({ isUnkept: true }),
      onShown: () => this.#onShown(),
      nextFrame: (work) => {
        const frame = requestAnimationFrame(work);
        return () => cancelAnimationFrame(frame);
      },
      now: () => performance.now(),
    });
    const clock = setInterval(() => this.#tick(), PRESENTING_AGAIN_MS);
    // The page may not come back: phones end what is not in sight.
    const onHidden = () => document.visibilityState === "hidden" && this.#sync.flush();
    document.addEventListener("visibilitychange", onHidden);
    this.#stops = [
      () => document.removeEventListener("visibilitychange", onHidden),
      client.subscribe(() => this.#sync.boardChanged()),
      client.onPassing((passing) => this.#onPassing(passing)),
      api.onChange(() => this.#onChange()),
      api.onScrollChange(() => this.#onScroll()),
      () => clearInterval(clock),
    ];
    this.#sync.boardChanged();
  }

  readonly getShown = (): Shown => this.#shown;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  close(): void {
    for (const stop of this.#stops) {
      stop();
    }
    this.#sync.close();
    this.#overlay.close();
  }

  /** The person undoes or redoes. */
  undoing(): void {
    this.#sync.undoing();
  }

  point(cursor: Pick<Cursor, "x" | "y" | "tool" | "pressed">): void {
    this.#cursor = { ...this.#cursor, ...cursor };
    this.#sendCursor();
  }

  present(isPresenting: boolean): void {
    this.#show({ isPresenting, following: null });
    if (isPresenting) {
      this.#sendView();
    }
  }

  follow(member: string | null): void {
    this.#show({ following: member, isPresenting: false });
    const rect = member === null ? undefined : this.#views.get(member);
    if (rect !== undefined) {
      this.#goTo(rect);
    }
  }

  /** A teacher has brought everybody to a part of the board; before it is there, one sees it first. */
  bringTo(rect: Rect, broughtBy: string): void {
    this.#goTo(rect);
    this.#show({ broughtBy, following: null });
  }

  get board(): string {
    return this.#options.client.board;
  }

  /** The part of the board that is in view. */
  rect(): Rect {
    return rectOf(this.#view());
  }

  dismissNotes(): void {
    this.#show({ broughtBy: null, refusedBy: null, isUnkept: false });
  }

  /** People have come, gone, or got another name or class. */
  peopleChanged(): void {
    this.#overlay.draw();
  }

  #show(change: Partial<Shown>): void {
    this.#shown = { ...this.#shown, ...change };
    for (const listener of this.#listeners) {
      listener();
    }
  }

  #onChange(): void {
    this.#sync.editorChanged();
    this.#noteSize();
    const { selectedElementIds, openDialog } = this.#options.api.getAppState();
    if (openDialog?.name !== this.#dialog) {
      this.#dialog = openDialog?.name;
      if (this.#dialog === "help") {
        focusHelp(() => this.#dialog === "help");
      }
    }
    const selected = Object.keys(selectedElementIds).filter((id) => selectedElementIds[id]);
    if (selected.join(" ") !== this.#shown.selected.join(" ")) {
      this.#show({ selected });
      this.#cursor = { ...this.#cursor, selected: selected.slice(0, SELECTED_MAX) };
      this.#sendCursor();
    }
    this.#overlay.draw();
  }

  /** A part that gets larger or smaller goes on showing what it was to show, until the person looks elsewhere. */
  #noteSize(): void {
    const view = this.#view();
    const size = `${view.width} ${view.height}`;
    if (size !== this.#size) {
      this.#size = size;
      if (this.#setRect !== null && keyOf(view) === this.#setView) {
        this.#goTo(this.#setRect);
      }
    }
  }

  #onShown(): void {
    const { api, client } = this.#options;
    if (this.#isFirst && client.getState().phase === "ready") {
      this.#isFirst = false;
      const { elements } = client.getState();
      if (this.#setRect !== null) {
        this.#goTo(this.#setRect);
      } else if (elements.size > 0) {
        showWhole(
          api,
          [...elements.values()].map(({ element }) => element),
        );
      }
    }
    this.#overlay.draw();
  }

  #noteDrawing(): void {
    const isDrawing =
      this.#overlay.hasStrokes || this.#options.api.getAppState().newElement !== null;
    if (isDrawing !== this.#shown.isDrawing) {
      this.#show({ isDrawing });
    }
  }

  #onScroll(): void {
    this.#overlay.draw();
    const isOurs = keyOf(this.#view()) === this.#setView;
    if (!isOurs && this.#shown.following !== null) {
      this.#show({ following: null });
    }
    if (this.#shown.isPresenting) {
      this.#sendView();
    }
  }

  #onPassing(passing: Passing): void {
    switch (passing.kind) {
      case "cursor":
        this.#overlay.onCursor(passing.cursor);
        break;
      case "stroke":
        this.#overlay.onStroke(passing.stroke);
        break;
      case "viewport":
        this.#views.set(passing.member, passing.rect);
        this.#show(heard(this.#shown, passing.member, performance.now()));
        if (this.#shown.following === passing.member) {
          this.#goTo(passing.rect);
        }
        break;
      case "brought":
        this.bringTo(passing.rect, passing.member);
        break;
    }
  }

  #tick(): void {
    const following = withoutSilent(this.#shown, performance.now());
    if (following !== this.#shown) {
      this.#show(following);
    }
    if (this.#shown.isPresenting) {
      this.#sendView();
    }
  }

  #sendView(): void {
    this.#options.client.showViewport(this.rect());
  }

  #sendCursor(): void {
    if (this.#options.people.drawer().mayDraw) {
      this.#options.client.point(this.#cursor);
    }
  }

  #goTo(rect: Rect): void {
    const { api } = this.#options;
    const { scrollX, scrollY, zoom } = showing(rect, this.#view());
    this.#setView = keyOf({ scrollX, scrollY, zoom });
    this.#setRect = rect;
    api.updateScene({
      appState: { scrollX, scrollY, zoom: { value: zoom as never } },
      captureUpdate: CaptureUpdateAction.NEVER,
    });
  }

  #view(): View {
    const { scrollX, scrollY, zoom, width, height } = this.#options.api.getAppState();
    return { scrollX, scrollY, zoom: zoom.value, width, height };
  }

  #boundsOf(id: string): Rect | null {
    const element = this.#options.client.getState().elements.get(id)?.element;
    if (element === undefined) {
      return null;
    }
    const [left, top, right, bottom] = getCommonBounds([element as never]);
    return { x: left, y: top, width: right - left, height: bottom - top };
  }
}

function keyOf({ scrollX, scrollY, zoom }: Pick<View, "scrollX" | "scrollY" | "zoom">): string {
  return `${scrollX} ${scrollY} ${zoom}`;
}

function editorOf(api: ExcalidrawImperativeAPI): Editor {
  return {
    scene: () => api.getSceneElementsIncludingDeleted() as unknown as readonly EditorElement[],
    work: () => api.getAppState(),
    show: (elements) =>
      api.updateScene({
        elements: elements as never,
        captureUpdate: CaptureUpdateAction.NEVER,
      }),
  };
}

/** A stroke in progress looks as the finished one will, with the pressure of a pen simulated. */
function outline(points: readonly (readonly [number, number])[], strokeWidth: number): string {
  const stroke = { points, strokeWidth, simulatePressure: true, pressures: [] };
  return getFreeDrawSvgPath(stroke as never);
}
