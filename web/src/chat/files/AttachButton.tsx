import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "../../ui/Icon";

/** What a chooser of files offers; what else is taken is said by chat/files/prepare.ts. */
const OFFERED = "image/*,application/pdf";

interface AttachButtonProps {
  isDisabled: boolean;
  onChoose(files: readonly File[]): void;
}

/** Opens the device's chooser of files; on a phone the camera is one of them. */
export function AttachButton({ isDisabled, onChoose }: AttachButtonProps) {
  const { t } = useTranslation();
  const chooser = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        className="composer__tool"
        aria-label={t("composer.attach")}
        title={t("composer.attach")}
        disabled={isDisabled}
        onClick={() => chooser.current?.click()}
      >
        <Icon name="attach" />
      </button>
      <input
        ref={chooser}
        type="file"
        hidden
        multiple
        accept={OFFERED}
        data-testid="file-chooser"
        onChange={({ currentTarget }) => {
          onChoose([...(currentTarget.files ?? [])]);
          currentTarget.value = ""; // the same file may be chosen again
        }}
      />
    </>
  );
}
