import { useConnection } from "../twinspace/connectionContext";
import type { CallClient } from "./callClient";

/** The part of the connection that takes part in calls. */
export function useCallClient(): CallClient {
  return useConnection().call;
}
