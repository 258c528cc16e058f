import "./files.css";
import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { MessageFile } from "../../protocol/generated";
import { useTwinSpace } from "../../state/store";
import { Icon } from "../../ui/Icon";
import { lazyPart } from "../../ui/laterParts";
import { useNames } from "../names";
import { chatFileUrl, sizeInWords } from "./addresses";
import { boxOf } from "./boxes";

const PictureViewer = lazyPart(() => import("./PictureViewer"));

export interface MessageFilesProps {
  room: string;
  author: string;
  files: readonly MessageFile[];
  isTabStop: boolean;
}

/** Pictures, each a button that shows it large, and documents, each a link that saves it. */
export default function MessageFiles({ room, author, files, isTabStop }: MessageFilesProps) {
  const [shown, setShown] = useState<number | null>(null);
  const project = useTwinSpace((state) => state.project?.view.id ?? "");
  const { me: member } = useNames();
  const asker = { project, member, room };
  const pictures = files.filter(isPicture);
  const tabIndex = isTabStop ? 0 : -1;
  return (
    <div className="files" data-testid="files">
      {files.map((file) =>
        isPicture(file) ? (
          <PictureButton
            key={file.file}
            file={file}
            author={author}
            count={files.length}
            address={chatFileUrl(asker, file.file, true)}
            tabIndex={tabIndex}
            onPress={() => setShown(pictures.indexOf(file))}
          />
        ) : (
          <DocumentLink
            key={file.file}
            file={file}
            count={files.length}
            address={chatFileUrl(asker, file.file)}
            tabIndex={tabIndex}
          />
        ),
      )}
      {shown !== null && (
        <Suspense fallback={null}>
          <PictureViewer
            pictures={pictures.map(({ file, name }) => ({
              name,
              address: chatFileUrl(asker, file),
            }))}
            author={author}
            first={shown}
            onClose={() => setShown(null)}
          />
        </Suspense>
      )}
    </div>
  );
}

function isPicture(file: MessageFile): boolean {
  return file.type.startsWith("image/");
}

interface FileProps {
  file: MessageFile;
  count: number;
  address: string;
  tabIndex: number;
}

interface PictureButtonProps extends FileProps {
  author: string;
  onPress(): void;
}

function PictureButton({ file, author, count, address, tabIndex, onPress }: PictureButtonProps) {
  const { t } = useTranslation();
  const [isGone, setGone] = useState(false);
  const label = t("files.picture", { name: file.name, author });
  if (isGone) {
    return (
      <div className="files__box files__gone" style={boxOf(file, count)}>
        <Icon name="picture" />
        <span>{t("files.gone")}</span>
        <button
          type="button"
          className="link-button"
          tabIndex={tabIndex}
          onClick={() => setGone(false)}
        >
          {t("common.tryAgain")}
        </button>
      </div>
    );
  }
  return (
    <button
      type="button"
      className="files__box files__picture"
      style={boxOf(file, count)}
      aria-haspopup="dialog"
      tabIndex={tabIndex}
      onClick={onPress}
    >
      <img
        src={address}
        alt={label}
        title={file.name}
        loading="lazy"
        decoding="async"
        draggable={false}
        onError={() => setGone(true)}
      />
    </button>
  );
}

function DocumentLink({ file, count, address, tabIndex }: FileProps) {
  const { t, i18n } = useTranslation();
  return (
    <a
      className="files__box files__document"
      style={boxOf(file, count)}
      href={address}
      download={file.name}
      tabIndex={tabIndex}
    >
      <span className="files__kind" aria-hidden="true">
        PDF
      </span>
      <span className="files__words">
        <span className="visually-hidden">{t("files.download")} </span>
        <bdi className="files__name">{file.name}</bdi>
        <span className="files__size">{sizeInWords(file.bytes, i18n.language)}</span>
      </span>
    </a>
  );
}
