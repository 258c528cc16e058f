import { restoreElements } from "@excalidraw/excalidraw";
import { useMemo } from "react";
import { makeNonce } from "../../connection/nonce";
import { useTwinSpace } from "../../state/store";
import { downloadBoard, fileUrl, uploadFile } from "../files";
import type { BoardClient } from "../ports";
import type { RestoreElements } from "./order";
import type { Putting } from "./pictures";
import { uploadable } from "./uploadable";

/** Where the pictures of a board come from and go to, for this person. */
export interface BoardFiles extends Putting {
  address(file: string): string;
  /** The whole board as a file. Throws `CommandFailed`. */
  boardFile(): Promise<Blob>;
}

/** Excalidraw's seeds are numbers of 31 bits. */
const SEED_MAX = 2 ** 31;

export const restore = restoreElements as unknown as RestoreElements;

export function useBoardFiles(client: BoardClient, room: string): BoardFiles {
  const project = useTwinSpace((state) => state.project?.view.id ?? "");
  const member = useTwinSpace((state) => state.me ?? "");
  return useMemo(() => {
    const asker = { project, member, room };
    return {
      client,
      address: (file) => fileUrl(asker, file),
      boardFile: () => downloadBoard(asker, client.board),
      upload: async (file) => uploadFile(asker, await uploadable(file)),
      restoreElements: restore,
      newId: makeNonce,
      newSeed: () => Math.floor(Math.random() * SEED_MAX),
    };
  }, [client, project, member, room]);
}
