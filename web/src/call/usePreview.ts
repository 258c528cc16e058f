import { type RefObject, useEffect, useState } from "react";
import { useTwinSpace } from "../state/store";
import { useCallClient } from "./callContext";

export interface Preview {
  camera: MediaStreamTrack | null;
  /** The browser asks the person, or a device is being started. */
  isAsking: boolean;
  retry(): void;
}

interface PreviewWanted {
  microphone: boolean;
  camera: boolean;
  /** True when the lobby closes because one joins: the call takes the open devices over. */
  isKept: RefObject<boolean>;
}

/** One's own devices, open as long as the lobby is. */
export function usePreview({ microphone, camera, isKept }: PreviewWanted): Preview {
  const call = useCallClient();
  const chosen = useTwinSpace((state) => state.call.devices.chosen);
  const [tried, setTried] = useState(0);
  const [track, setTrack] = useState<MediaStreamTrack | null>(null);
  const [isAsking, setAsking] = useState(false);

  // biome-ignore lint/correctness/useExhaustiveDependencies: again when another device was chosen, or when asked to
  useEffect(() => {
    let isOver = false;
    setAsking(true);
    void call.devices.preview({ microphone, camera }).then((opened) => {
      if (!isOver) {
        setTrack(opened.camera);
        setAsking(false);
      }
    });
    return () => {
      isOver = true;
    };
  }, [call, microphone, camera, chosen.microphone, chosen.camera, tried]);

  useEffect(
    () => () => {
      if (!isKept.current) {
        call.devices.stopPreview();
      }
    },
    [call, isKept],
  );

  return { camera: track, isAsking, retry: () => setTried((before) => before + 1) };
}
