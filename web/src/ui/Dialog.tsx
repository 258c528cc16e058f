import { type ReactNode, useEffect, useRef } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Button } from "./Button";

interface DialogProps {
  title: string;
  /** A question that must be answered: a click beside it does not close it. */
  urgent?: boolean;
  /** Two columns, where the window has space for them. */
  wide?: boolean;
  onClose(): void;
  children: ReactNode;
}

/** A dialog above the page. It is shown as long as it is rendered. */
export function Dialog({ title, urgent = false, wide = false, onClose, children }: DialogProps) {
  return (
    <ModalOverlay
      className="scrim"
      isOpen
      isDismissable={!urgent}
      onOpenChange={(isOpen) => isOpen || onClose()}
    >
      <Modal className={wide ? "dialog dialog--wide" : "dialog"}>
        <AriaDialog className="dialog__page" role={urgent ? "alertdialog" : "dialog"}>
          <Heading slot="title" className="dialog__title">
            {title}
          </Heading>
          <div className="dialog__body">{children}</div>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

interface ConfirmProps {
  title: string;
  text: string;
  confirm: string;
  danger?: boolean;
  onConfirm(): void;
  onClose(): void;
}

/** Asks before something that cannot be undone. */
export function Confirm({ title, text, confirm, danger = true, onConfirm, onClose }: ConfirmProps) {
  const { t } = useTranslation();
  const cancel = useRef<HTMLButtonElement>(null);
  // Not autoFocus: after a keyboard's click on a plain button the library puts that off, and by then the focus is lost.
  useEffect(() => cancel.current?.focus(), []);
  return (
    <Dialog title={title} urgent onClose={onClose}>
      <p className="dialog__text">{text}</p>
      <div className="dialog__buttons">
        <Button ref={cancel} look="plain" onPress={onClose}>
          {t("common.cancel")}
        </Button>
        <Button
          look={danger ? "danger" : "primary"}
          onPress={() => {
            onConfirm();
            onClose();
          }}
        >
          {confirm}
        </Button>
      </div>
    </Dialog>
  );
}

interface DrawerProps {
  label: string;
  side: "start" | "end";
  onClose(): void;
  children: ReactNode;
}

/** A column of the desktop page, on a phone: slides over it. */
export function Drawer({ label, side, onClose, children }: DrawerProps) {
  return (
    <ModalOverlay
      className={`scrim scrim--drawer${side === "end" ? " scrim--drawer-end" : ""}`}
      isOpen
      isDismissable
      onOpenChange={(isOpen) => isOpen || onClose()}
    >
      <Modal className="drawer">
        <AriaDialog aria-label={label}>{children}</AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
