import { createContext, useContext, useEffect, useState } from "react";
import { openLink } from "../connection/link";
import { openOutboxStore } from "../connection/outboxStore";
import { TwinSpaceConnection } from "../connection/twinspace";
import { Store } from "../state/store";

export const ConnectionContext = createContext<TwinSpaceConnection | null>(null);

export function useConnection(): TwinSpaceConnection {
  const connection = useContext(ConnectionContext);
  if (connection === null) {
    throw new Error("useConnection outside of a TwinSpace");
  }
  return connection;
}

interface Running {
  store: Store;
  connection: TwinSpaceConnection;
}

/** A connection as this member, for as long as the component is there. Null for the moment until it is set up. */
export function useNewConnection(project: string, member: string): Running | null {
  const [running, setRunning] = useState<Running | null>(null);
  useEffect(() => {
    let isGone = false;
    let started: TwinSpaceConnection | null = null;
    void openOutboxStore().then((outboxStore) => {
      if (isGone) {
        return;
      }
      const store = new Store();
      const credential = { member };
      started = new TwinSpaceConnection({ project, credential, store, outboxStore, openLink });
      started.start();
      setRunning({ store, connection: started });
    });
    return () => {
      isGone = true;
      started?.stop();
      setRunning(null);
    };
  }, [project, member]);
  return running;
}
