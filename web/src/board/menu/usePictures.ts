import type { BinaryFileData, ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import { useCallback, useEffect, useRef, useState } from "react";
import { fileUrl } from "../files";
import type { BoardClient } from "../ports";
import { loadPictures, picturesOf } from "./pictures";

interface Pictures {
  /** How many pictures of the board could not be loaded; the editor shows a grey field in their place. */
  missing: number;
  /** Load those again. */
  retry(): void;
}

/** Gives the editor the pictures that the board shows, also those that come later. */
export function usePictures(
  client: BoardClient,
  api: ExcalidrawImperativeAPI | null,
  project: string,
  member: string,
): Pictures {
  const [missing, setMissing] = useState<ReadonlySet<string>>(new Set());
  const asked = useRef(new Set<string>());

  const load = useCallback(
    async (ids: readonly string[]) => {
      if (api === null || ids.length === 0) {
        return;
      }
      const lost = await loadPictures(
        ids,
        (id) => fileUrl({ project, member }, id),
        (picture) => api.addFiles([picture as unknown as BinaryFileData]),
      );
      setMissing((before) => {
        const gone = new Set(ids);
        return new Set([...[...before].filter((id) => !gone.has(id)), ...lost]);
      });
    },
    [api, project, member],
  );

  useEffect(() => {
    asked.current = new Set();
    setMissing(new Set());
    function look(): void {
      const fresh = picturesOf(client.getState().elements.values()).filter(
        (id) => !asked.current.has(id),
      );
      for (const id of fresh) {
        asked.current.add(id);
      }
      void load(fresh);
    }
    if (api !== null) {
      look();
    }
    return client.subscribe(look);
  }, [client, api, load]);

  return { missing: missing.size, retry: () => void load([...missing]) };
}
