/** Pictures of a board: from the server into the editor and into files, and new ones onto the board. */

import type { Element } from "../../protocol/generated";
import type { BoardClient, Rect, StoredFile } from "../ports";
import { boundsOfAll } from "./bounds";
import { newPlaces, type RestoreElements } from "./order";
import { NO_PLACE } from "./strict";

/** A picture as the editor keeps it. */
export interface LoadedPicture {
  id: string;
  mimeType: string;
  /** The picture itself, as a `data:` address. */
  dataURL: string;
  created: number;
}

/** Loads at once: a board opens quickly, and a school's line is left for the lesson. */
const AT_ONCE_MAX = 4;

const TOO_MANY_REQUESTS = 429;

/** Answers "too many, later" for one picture before it counts as lost; its own wait is a second or two. */
const TRIES_MAX = 20;

/** Milliseconds to wait where the server does not say how long. */
const RETRY_AFTER_DEFAULT = 2_000;

/** Sides of a new picture on the board, in pixels of the board: the larger one at most. */
const SIDE_MAX = 640;

/** A page of a document is to be read and written upon. */
const PAGE_WIDTH = 1_000;
const PAGE_GAP = 40;

/** Between pictures that come together. */
const PICTURE_GAP = 24;

/** The pictures that a board shows, each once. */
export function picturesOf(elements: Iterable<{ element: Element }>): string[] {
  const ids = new Set<string>();
  for (const { element } of elements) {
    if (element.type === "image" && element.fileId !== null) {
      ids.add(element.fileId);
    }
  }
  return [...ids];
}

/** Load pictures. `onLoaded` is told of each; answers which could not be had. */
export async function loadPictures(
  ids: readonly string[],
  addressOf: (id: string) => string,
  onLoaded: (picture: LoadedPicture) => void,
): Promise<string[]> {
  const waiting = [...ids];
  const missing: string[] = [];
  async function work(): Promise<void> {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      try {
        onLoaded(await loadPicture(id, addressOf(id)));
      } catch {
        missing.push(id);
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE_MAX }, work));
  return missing;
}

async function loadPicture(id: string, address: string): Promise<LoadedPicture> {
  const response = await fetchPatiently(address);
  const picture = await response.blob();
  if (!response.ok || !picture.type.startsWith("image/")) {
    throw new Error(`no picture: ${response.status}`);
  }
  return { id, mimeType: picture.type, dataURL: await dataAddress(picture), created: Date.now() };
}

/** Fetch; where the server says that these are too many at once, wait as long as it says and ask again. */
async function fetchPatiently(address: string): Promise<Response> {
  for (let left = TRIES_MAX; ; left -= 1) {
    const response = await fetch(address, { credentials: "same-origin" });
    if (response.status !== TOO_MANY_REQUESTS || left <= 1) {
      return response;
    }
    const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
    const wait = Number.isFinite(seconds) ? seconds * 1_000 : RETRY_AFTER_DEFAULT;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/** A file as an address that holds it. */
export function dataAddress(file: Blob): Promise<string> {
  const reader = new FileReader();
  return new Promise((resolve, reject) => {
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

export interface Putting {
  client: BoardClient;
  upload(file: Blob): Promise<readonly StoredFile[]>;
  restoreElements: RestoreElements;
  newId(): string;
  newSeed(): number;
}

/** Upload pictures and put them on the board side by side, around the middle of `view`. */
export async function insertPictures(
  files: readonly Blob[],
  view: Rect,
  putting: Putting,
): Promise<Element[]> {
  const stored: StoredFile[] = [];
  for (const file of files) {
    stored.push(...(await putting.upload(file)));
  }
  const limit = Math.min(SIDE_MAX, view.width * 0.6, view.height * 0.6);
  const sizes = stored.map((file) => fitted(file, Math.max(1, limit)));
  const width = sizes.reduce((sum, size) => sum + size.width + PICTURE_GAP, -PICTURE_GAP);
  let left = view.x + view.width / 2 - width / 2;
  const middle = view.y + view.height / 2;
  const boxes = sizes.map((size) => {
    const box = { ...size, x: left, y: middle - size.height / 2 };
    left += size.width + PICTURE_GAP;
    return box;
  });
  return put(stored, boxes, "above", putting);
}

/** Upload a document and put its pages below each other, locked, behind everything; below what is there already. */
export async function insertPages(file: Blob, view: Rect, putting: Putting): Promise<Element[]> {
  const stored = await putting.upload(file);
  const there = boundsOfAll(
    [...putting.client.getState().elements.values()].map(({ element }) => element),
  );
  let top = there === null ? 0 : there.y + there.height + PAGE_GAP;
  const left = there === null ? view.x + view.width / 2 - PAGE_WIDTH / 2 : there.x;
  const boxes = stored.map((page) => {
    const box = {
      x: left,
      y: top,
      width: PAGE_WIDTH,
      height: (PAGE_WIDTH * page.height) / page.width,
    };
    top += box.height + PAGE_GAP;
    return box;
  });
  return put(stored, boxes, "behind", putting);
}

function put(
  stored: readonly StoredFile[],
  boxes: readonly Rect[],
  where: "above" | "behind",
  { client, restoreElements, newId, newSeed }: Putting,
): Element[] {
  const present = client.getState().elements.values();
  const places = newPlaces(restoreElements, present, boxes.length, where);
  const elements = boxes.flatMap((box, number) => {
    const file = stored[number];
    const index = places[number] ?? NO_PLACE;
    return file === undefined
      ? []
      : [picture(file, box, { id: newId(), seed: newSeed(), index, locked: where === "behind" })];
  });
  client.change(elements);
  return elements;
}

function picture(
  file: StoredFile,
  { x, y, width, height }: Rect,
  own: { id: string; seed: number; index: string; locked: boolean },
): Element {
  return {
    ...own,
    type: "image",
    x,
    y,
    width,
    height,
    angle: 0,
    strokeColor: "transparent",
    backgroundColor: "transparent",
    fillStyle: "solid",
    strokeWidth: 1,
    strokeStyle: "solid",
    roundness: null,
    roughness: 0,
    opacity: 100,
    isDeleted: false,
    groupIds: [],
    frameId: null,
    boundElements: null,
    link: null,
    fileId: file.id,
    status: "saved",
    scale: [1, 1],
    crop: null,
  };
}

function fitted({ width, height }: StoredFile, limit: number): { width: number; height: number } {
  const scale = Math.min(1, limit / Math.max(width, height));
  return { width: width * scale, height: height * scale };
}
