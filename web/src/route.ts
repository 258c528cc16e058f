/** The addresses of the page and how to go there without loading it again. */

import { useSyncExternalStore } from "react";

export type Route =
  | { page: "home" }
  | { page: "join" }
  | { page: "twinspace"; project: string; member: string; room: string | null };

export function readRoute(path: string): Route {
  const [first, ...rest] = path.split("/").filter((part) => part !== "");
  const [project, member, room] = rest.map(decode);
  if (first === "join") {
    return { page: "join" };
  }
  if (first === "twinspace" && project !== undefined && member !== undefined) {
    return { page: "twinspace", project, member, room: room ?? null };
  }
  return { page: "home" };
}

export function twinSpacePath(project: string, member: string, room?: string): string {
  const parts = room === undefined ? [project, member] : [project, member, room];
  return `/twinspace/${parts.map(encodeURIComponent).join("/")}`;
}

const CHANGED = "rtserver:route";

/** Go to an address of this page. `replace`: the one before is not worth coming back to. */
export function goTo(path: string, replace = false): void {
  if (replace) {
    history.replaceState(null, "", path);
  } else {
    history.pushState(null, "", path);
  }
  window.dispatchEvent(new Event(CHANGED));
}

export function useRoute(): Route {
  const path = useSyncExternalStore(subscribe, () => window.location.pathname);
  return readRoute(path);
}

function subscribe(onChange: () => void): () => void {
  window.addEventListener("popstate", onChange);
  window.addEventListener(CHANGED, onChange);
  return () => {
    window.removeEventListener("popstate", onChange);
    window.removeEventListener(CHANGED, onChange);
  };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
