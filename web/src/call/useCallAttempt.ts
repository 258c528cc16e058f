import { useNotices } from "../ui/Notices";
import { DeviceFailed } from "./devices";

/** Runs what may fail. What a device refuses is said where devices are: in a note of its own, with what to do. */
export function useCallAttempt(): (work: () => Promise<unknown>) => Promise<boolean> {
  const { attempt } = useNotices();
  return (work) =>
    attempt(async () => {
      try {
        await work();
      } catch (error) {
        if (!(error instanceof DeviceFailed)) {
          throw error;
        }
      }
    });
}
