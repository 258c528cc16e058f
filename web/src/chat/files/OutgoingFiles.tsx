import "./files.css";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import type { Refusal, SendingFile } from "../../state/outgoing";
import { useConnection } from "../../twinspace/connectionContext";
import { Button } from "../../ui/Button";
import { sizeInWords } from "./addresses";
import { boxOf } from "./boxes";
import { onProgress, progressOf } from "./upload";
import { useObjectUrl } from "./useObjectUrl";

export interface OutgoingFilesProps {
  nonce: string;
  files: readonly SendingFile[];
  refusal: Refusal | null;
  isAccepted: boolean;
}

/** What can be done about a refusal that has to do with files. */
const ADVICE = {
  too_large: "files.tooLarge",
  too_many: "files.full",
  file_unreadable: "files.unreadable",
} as const;

/** The files of a message on its way, how far they are, and the way to stop it. */
export default function OutgoingFiles({ nonce, files, refusal, isAccepted }: OutgoingFilesProps) {
  const { t } = useTranslation();
  const connection = useConnection();
  const progress = useSyncExternalStore(onProgress, () => progressOf(nonce));
  const advice = refusal === null ? undefined : ADVICE[refusal.code as keyof typeof ADVICE];
  return (
    <>
      <div className="files" data-testid="outgoing-files">
        {files.map((file, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they stay as they are
          <OutgoingFile key={index} file={file} count={files.length} />
        ))}
      </div>
      {advice !== undefined && <p className="files__advice">{t(advice)}</p>}
      {!isAccepted && refusal === null && (
        <div className="files__progress">
          <progress
            aria-label={t("files.sending")}
            max={1}
            value={progress === null ? 0 : progress.share}
          />
          <Button small icon="close" onPress={() => connection.discardPost(nonce)}>
            {t("files.stop")}
          </Button>
        </div>
      )}
    </>
  );
}

function OutgoingFile({ file, count }: { file: SendingFile; count: number }) {
  const { i18n } = useTranslation();
  const address = useObjectUrl(file.blob);
  if (file.width === null) {
    return (
      <div className="files__box files__document" style={boxOf(file, count)}>
        <span className="files__kind" aria-hidden="true">
          PDF
        </span>
        <span className="files__words">
          <bdi className="files__name">{file.name}</bdi>
          <span className="files__size">{sizeInWords(file.blob.size, i18n.language)}</span>
        </span>
      </div>
    );
  }
  return (
    <div className="files__box files__picture" style={boxOf(file, count)}>
      {address !== null && <img src={address} alt={file.name} />}
    </div>
  );
}
