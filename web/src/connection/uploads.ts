import { noAnswer } from "./failure";

/** Few messages have files: what sends them comes with the first. Without a line just now it is tried again. */
export function loadUploads() {
  return import("../chat/files/upload").catch(() => {
    throw noAnswer();
  });
}
