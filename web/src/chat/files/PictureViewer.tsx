import { type KeyboardEvent, useState } from "react";
import { Dialog, Modal, ModalOverlay } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../ui/Button";
import { Icon } from "../../ui/Icon";

export interface PictureViewerProps {
  pictures: readonly { name: string; address: string }[];
  author: string;
  /** Which one is shown first. */
  first: number;
  onClose(): void;
}

/** The pictures of a message, large, one at a time. Arrow keys go on, Escape closes. */
export default function PictureViewer({ pictures, author, first, onClose }: PictureViewerProps) {
  const { t } = useTranslation();
  const [index, setIndex] = useState(first);
  const picture = pictures[index];
  if (picture === undefined) {
    return null;
  }
  const hasMany = pictures.length > 1;

  function go(step: number): void {
    setIndex((before) => (before + step + pictures.length) % pictures.length);
  }

  function onKeyDown(event: KeyboardEvent): void {
    const forward = document.documentElement.dir === "rtl" ? -1 : 1;
    const step = { ArrowRight: forward, ArrowLeft: -forward }[event.key];
    if (step !== undefined && hasMany) {
      event.preventDefault();
      go(step);
    }
  }

  return (
    <ModalOverlay
      className="scrim viewer-scrim"
      isOpen
      isDismissable
      onOpenChange={(isOpen) => isOpen || onClose()}
    >
      <Modal className="viewer">
        <Dialog
          className="viewer__page"
          aria-label={t("files.picture", { name: picture.name, author })}
        >
          {/* biome-ignore lint/a11y/noStaticElementInteractions: keys of the whole dialog */}
          <div className="viewer__frame" onKeyDown={onKeyDown}>
            <header className="viewer__bar">
              <p className="viewer__title">
                <bdi>{picture.name}</bdi>
                {hasMany && (
                  <span className="viewer__place">
                    {t("files.place", { index: index + 1, count: pictures.length })}
                  </span>
                )}
              </p>
              <a className="button button--plain" href={picture.address} download={picture.name}>
                <Icon name="arrowDown" />
                <span>{t("files.download")}</span>
              </a>
              <IconButton autoFocus icon="close" label={t("common.close")} onPress={onClose} />
            </header>
            <div className="viewer__stage">
              <img
                key={picture.address}
                src={picture.address}
                alt={t("files.picture", { name: picture.name, author })}
              />
            </div>
            {hasMany && (
              <div className="viewer__steps">
                <IconButton icon="arrowLeft" label={t("files.previous")} onPress={() => go(-1)} />
                <IconButton icon="arrowRight" label={t("files.next")} onPress={() => go(1)} />
              </div>
            )}
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
