import { useEffect, useRef } from "react";
import type { Medium } from "../protocol/generated";
import { tileOf } from "../state/callSelectors";
import { useTwinSpace } from "../state/store";
import { useCallClient } from "./callContext";

interface PictureProps {
  participant: string;
  medium: Exclude<Medium, "audio">;
  /** One's own camera: as in a mirror, which is how people know themselves. */
  isMirrored: boolean;
}

/** Somebody's moving picture, over their avatar. The client fills it and hides it while it would show somebody else. */
export function Picture({ participant, medium, isMirrored }: PictureProps) {
  const call = useCallClient();
  const video = useRef<HTMLVideoElement>(null);
  const isCovered = useTwinSpace((state) => tileOf(state, participant, medium)?.covered ?? true);

  useEffect(
    () => (video.current === null ? undefined : call.show(video.current, participant, medium)),
    [call, participant, medium],
  );

  return (
    // Who it is stands beside it in words.
    <div aria-hidden="true">
      <video
        ref={video}
        className="tile__video"
        data-covered={isCovered}
        data-medium={medium}
        data-mirrored={isMirrored}
        autoPlay
        muted
        playsInline
      />
    </div>
  );
}
