import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useConnection } from "../twinspace/connectionContext";
import { openBoard } from "./boardClient";
import type { BoardClient, BoardState } from "./ports";

/** A part of the board's state. The component renders again when that part is another one. */
export function useBoard<T>(client: BoardClient, select: (state: BoardState) => T): T {
  return useSyncExternalStore(
    (listener) => client.subscribe(listener),
    () => select(client.getState()),
  );
}

/** The board, open as long as the component is there. */
export function useBoardClient(board: string): BoardClient | null {
  const connection = useConnection();
  const [client, setClient] = useState<BoardClient | null>(null);
  useEffect(() => {
    const opened = connection.boards.open(board, openBoard);
    setClient(opened);
    return () => {
      setClient(null);
      opened.close();
    };
  }, [connection, board]);
  return client?.board === board ? client : null;
}

/** The newest value, for what is called later than it was made. */
export function useNewest<T>(value: T): { readonly current: T } {
  const newest = useRef(value);
  useEffect(() => {
    newest.current = value;
  });
  return newest;
}
