import { CaptureUpdateAction, Excalidraw } from "@excalidraw/excalidraw";
import type {
  BinaryFileData,
  ExcalidrawImperativeAPI,
  ExcalidrawInitialDataState,
  UIOptions,
} from "@excalidraw/excalidraw/types";
import { memo, useEffect, useRef, useState } from "react";
import type { BoardElement } from "../../protocol/generated";
import { showWhole } from "../firstView";
import { loadPictures, picturesOf } from "./pictures";
import { sceneElements } from "./sceneElements";

const OPTIONS: UIOptions = {
  canvasActions: {
    changeViewBackgroundColor: false,
    clearCanvas: false,
    export: false,
    loadScene: false,
    saveAsImage: false,
    saveToActiveFile: false,
    toggleTheme: false,
  },
  tools: { image: false },
};

interface ReplayStageProps {
  /** The board at the moment that is shown. */
  elements: ReadonlyMap<string, BoardElement>;
  /** All that is ever shown: the view is such that it fits. */
  whole: ReadonlyMap<string, BoardElement>;
  label: string;
  addressOf(file: string): string;
}

/** A board as it once was, to look at: nothing here can be changed. */
export function ReplayStage({ elements, whole, label, addressOf }: ReplayStageProps) {
  const [api, setApi] = useState<ExcalidrawImperativeAPI | null>(null);
  const asked = useRef(new Set<string>());
  const isFitted = useRef(false);
  // The editor begins with its initial scene some time after it is there, whatever it was given meanwhile.
  const [first] = useState(() => ({ elements: sceneElements(elements.values()) }));

  useEffect(() => {
    if (api === null) {
      return;
    }
    api.updateScene({
      elements: sceneElements(elements.values()),
      captureUpdate: CaptureUpdateAction.NEVER,
    });
    const missing = picturesOf(elements.values()).filter((id) => !asked.current.has(id));
    for (const id of missing) {
      asked.current.add(id);
    }
    void loadPictures(missing, addressOf, (picture) =>
      api.addFiles([picture as unknown as BinaryFileData]),
    );
  }, [api, elements, addressOf]);

  useEffect(() => {
    if (api !== null && !isFitted.current && whole.size > 0) {
      isFitted.current = true;
      const target = sceneElements(whole.values());
      // Once the editor has measured itself, which takes it a frame.
      requestAnimationFrame(() => showWhole(api, target));
    }
  }, [api, whole]);

  return (
    <section className="replay__stage" aria-label={label} data-testid="replay-stage">
      <Picture onApi={setApi} first={first} />
    </section>
  );
}

interface PictureProps {
  onApi(api: ExcalidrawImperativeAPI): void;
  first: ExcalidrawInitialDataState;
}

const Picture = memo(function Picture({ onApi, first }: PictureProps) {
  return (
    <Excalidraw
      excalidrawAPI={onApi}
      initialData={first}
      viewModeEnabled
      zenModeEnabled
      theme="light"
      UIOptions={OPTIONS}
      handleKeyboardGlobally={false}
      validateEmbeddable={false}
      aiEnabled={false}
      onLinkOpen={(_, event) => event.preventDefault()}
    />
  );
});
