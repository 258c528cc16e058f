import { exportToSvg } from "@excalidraw/excalidraw";
import { useEffect, useRef, useState } from "react";
import { Button as AriaButton } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Element } from "../../protocol/generated";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { useNotices } from "../../ui/Notices";
import type { BoardClient, Rect } from "../ports";
import { TEMPLATES, type Template, type TemplateText } from "../templates";
import { newPlaces } from "./order";
import { sceneElements } from "./sceneElements";
import { NO_PLACE } from "./strict";
import type { BoardFiles } from "./useBoardFiles";

const PREVIEW_PADDING = 16;

interface TemplatesDialogProps {
  client: BoardClient;
  files: BoardFiles;
  view(): Rect;
  onPut(elements: readonly Element[]): void;
  onClose(): void;
}

/** Templates that a teacher puts behind what is on the board, in the middle of what they see. */
export function TemplatesDialog({ client, files, view, onPut, onClose }: TemplatesDialogProps) {
  const { t } = useTranslation();
  const { attempt } = useNotices();
  const [isPutting, setPutting] = useState(false);

  async function put(template: Template): Promise<void> {
    if (isPutting) {
      return; // not disabled: the button keeps the focus
    }
    setPutting(true);
    const isDone = await attempt(async () => {
      const { x, y, width, height } = view();
      const at = { x: x + width / 2, y: y + height / 2 };
      const made = await template.make((key) => t(key), at, files.newId);
      const present = client.getState().elements.values();
      const places = newPlaces(files.restoreElements, present, made.length, "behind");
      client.change(
        made.map((element, number) => ({ ...element, index: places[number] ?? NO_PLACE })),
      );
      onPut(made);
    });
    setPutting(false);
    if (isDone) {
      onClose();
    }
  }

  return (
    <Dialog title={t("boardMenu.templates.title")} wide onClose={onClose}>
      <p className="dialog__text">{t("boardMenu.templates.text")}</p>
      <ul className="templates">
        {TEMPLATES.map((template) => (
          <li key={template.id}>
            <AriaButton className="templates__one" onPress={() => void put(template)}>
              <Preview template={template} labels={t} />
              <span>{t(template.labelKey)}</span>
            </AriaButton>
          </li>
        ))}
      </ul>
      <div className="dialog__buttons">
        <Button onPress={onClose}>{t("common.cancel")}</Button>
      </div>
    </Dialog>
  );
}

/** What a template looks like, as the editor draws it. */
function Preview({ template, labels }: { template: Template; labels(key: TemplateText): string }) {
  const box = useRef<HTMLSpanElement>(null);
  const words = useRef(labels);
  useEffect(() => {
    let isGone = false;
    let count = 0;
    const newId = () => `preview-${++count}`;
    template
      .make((key) => words.current(key), { x: 0, y: 0 }, newId)
      .then((made) =>
        exportToSvg({
          elements: sceneElements(made.map(asKept)) as never,
          files: null,
          appState: { exportBackground: true, viewBackgroundColor: "#ffffff" },
          exportPadding: PREVIEW_PADDING,
          skipInliningFonts: true, // the page has them
        }),
      )
      .then(
        (svg) => isGone || box.current?.replaceChildren(svg),
        () => {}, // offline: its name stands below, and pressing it says what is wrong
      );
    return () => {
      isGone = true;
    };
  }, [template]);
  return <span ref={box} className="templates__picture" aria-hidden="true" />;
}

function asKept(element: Element) {
  return { element, version: 1, creator: "", class_id: null, editor: "", at: 0 };
}
