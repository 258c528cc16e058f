/** Whether the microphone is on only while a button or the space bar is held; kept on this device. */

import { useState } from "react";
import { recall, remember } from "../connection/memory";

const REMEMBERED = "call.hold-to-talk";

export function useHoldToTalk(): [boolean, (isChosen: boolean) => void] {
  const [isChosen, setChosen] = useState(() => recall(REMEMBERED) === "1");
  return [
    isChosen,
    (chosen) => {
      remember(REMEMBERED, chosen ? "1" : null);
      setChosen(chosen);
    },
  ];
}
