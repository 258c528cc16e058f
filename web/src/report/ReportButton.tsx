import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { lazyWithWords } from "../locales/later";
import { Button } from "../ui/Button";

const ReportDialog = lazyWithWords("report", () => import("./ReportDialog"));

/** For screens on which something does not work. */
export function ReportButton() {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button look="quiet" icon="warning" onPress={() => setOpen(true)}>
        {t("common.reportProblem")}
      </Button>
      {isOpen && (
        <Suspense fallback={null}>
          <ReportDialog onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
