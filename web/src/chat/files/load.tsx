/** Files in messages: most messages have none, so what shows them comes with the first. */

import { Suspense } from "react";
import { lazyWithWords } from "../../locales/later";
import type { MessageFile } from "../../protocol/generated";
import type { AttachmentTrayProps } from "./AttachmentTray";
import { boxOf } from "./boxes";
import type { MessageFilesProps } from "./MessageFiles";
import type { OutgoingFilesProps } from "./OutgoingFiles";

const Files = lazyWithWords<MessageFilesProps>("files", () => import("./MessageFiles"));
const Outgoing = lazyWithWords<OutgoingFilesProps>("files", () => import("./OutgoingFiles"));
const Tray = lazyWithWords<AttachmentTrayProps>("files", () => import("./AttachmentTray"));

/** The files of a message; their space is there before they are. */
export function MessageFiles(props: MessageFilesProps) {
  return (
    <Suspense fallback={<Boxes files={props.files} />}>
      <Files {...props} />
    </Suspense>
  );
}

/** Those of a message on its way. */
export function OutgoingFiles(props: OutgoingFilesProps) {
  return (
    <Suspense fallback={<Boxes files={props.files} />}>
      <Outgoing {...props} />
    </Suspense>
  );
}

/** Those that will go with the next one. */
export function AttachmentTray(props: AttachmentTrayProps) {
  return (
    <Suspense fallback={null}>
      <Tray {...props} />
    </Suspense>
  );
}

function Boxes({ files }: { files: readonly Pick<MessageFile, "width" | "height">[] }) {
  return (
    <div className="files" aria-hidden="true">
      {files.map((file, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they stay as they are
        <div key={index} className="files__box" style={boxOf(file, files.length)} />
      ))}
    </div>
  );
}
