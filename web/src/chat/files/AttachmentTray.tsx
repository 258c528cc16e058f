import "./files.css";
import { useTranslation } from "react-i18next";
import type { SendingFile } from "../../state/outgoing";
import { IconButton } from "../../ui/Button";
import type { Problem } from "./prepare";
import { useObjectUrl } from "./useObjectUrl";

export interface AttachmentTrayProps {
  files: readonly SendingFile[];
  problems: readonly Problem[];
  isBusy: boolean;
  isDropping: boolean;
  onRemove(file: SendingFile): void;
  onProblemsSeen(): void;
}

/** What will go with the message, above the box to write in; what cannot, and what to do about it. */
export default function AttachmentTray(props: AttachmentTrayProps) {
  const { files, problems, isBusy, isDropping, onRemove, onProblemsSeen } = props;
  const { t } = useTranslation();
  return (
    <div className="tray">
      {isDropping && <p className="tray__drop">{t("files.dropHere")}</p>}
      {files.length > 0 && (
        <ul className="tray__files" aria-label={t("files.chosen")} data-testid="tray">
          {files.map((file) => (
            <li key={keyOf(file)}>
              <Chosen file={file} onRemove={() => onRemove(file)} />
            </li>
          ))}
        </ul>
      )}
      <div role="status">
        {isBusy && <p className="tray__note">{t("files.preparing")}</p>}
        {problems.length > 0 && (
          <div className="tray__problems">
            <ul>
              {problems.map(({ name, why }) => (
                <li key={`${name}/${why}`}>
                  <bdi className="tray__name">{name}</bdi> {t(PROBLEMS[why])}
                </li>
              ))}
            </ul>
            <IconButton small icon="close" label={t("common.close")} onPress={onProblemsSeen} />
          </div>
        )}
      </div>
    </div>
  );
}

const PROBLEMS = {
  type: "files.problem.type",
  picture: "files.problem.picture",
  empty: "files.problem.empty",
  many: "files.problem.many",
  offline: "files.problem.offline",
  lost: "files.problem.lost",
} as const satisfies Record<Problem["why"], string>;

const keys = new WeakMap<SendingFile, string>();
let made = 0;

/** The same picture may be there twice. */
function keyOf(file: SendingFile): string {
  const key = keys.get(file) ?? `file-${++made}`;
  keys.set(file, key);
  return key;
}

function Chosen({ file, onRemove }: { file: SendingFile; onRemove(): void }) {
  const { t } = useTranslation();
  const address = useObjectUrl(file.blob);
  return (
    <div className="tray__file">
      {file.width === null ? (
        <span className="files__kind" aria-hidden="true">
          PDF
        </span>
      ) : (
        address !== null && <img src={address} alt="" />
      )}
      <bdi className="tray__name">{file.name}</bdi>
      <IconButton
        small
        icon="close"
        label={t("files.remove", { name: file.name })}
        onPress={onRemove}
      />
    </div>
  );
}
