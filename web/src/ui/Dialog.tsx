import type { ReactNode } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Button } from "./Button";

interface DialogProps {
  title: string;
  /** A question that must be answered: a click beside it does not close it. */
  urgent?: boolean;
  onClose(): void;
  children: ReactNode;
}

/** A dialog above the page. It is shown as long as it is rendered. */
export function Dialog({ title, urgent = false, onClose, children }: DialogProps) {
  return (
    <ModalOverlay
      className="scrim"
      isOpen
      isDismissable={!urgent}
      onOpenChange={(isOpen) => isOpen || onClose()}
    >
      <Modal className="dialog">
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
  return (
    <Dialog title={title} urgent onClose={onClose}>
      <p className="dialog__text">{text}</p>
      <div className="dialog__buttons">
        <Button look="plain" onPress={onClose} autoFocus>
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
