import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ProjectPhase } from "../protocol/generated";
import { myself } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { Button } from "../ui/Button";
import { Confirm } from "../ui/Dialog";
import { useNotices } from "../ui/Notices";
import { useConnection } from "./connectionContext";

/** Says when the project is not in full life; founders start it here. */
export function ProjectPhaseNote({ phase }: { phase: ProjectPhase }) {
  const { t } = useTranslation();
  const connection = useConnection();
  const { attempt } = useNotices();
  const isFounder = useTwinSpace((state) => myself(state)?.role === "founder");
  if (phase === "active") {
    return null;
  }
  return (
    <div className="phase-note">
      <p>{t(phase === "draft" ? "project.draft" : "project.archived")}</p>
      {phase === "draft" && isFounder && (
        <Button
          look="primary"
          small
          onPress={() =>
            void attempt(() => connection.change("project.set_phase", { phase: "active" }))
          }
        >
          {t("project.start")}
        </Button>
      )}
    </div>
  );
}

/** The founders' way to end a project. */
export function ArchiveButton() {
  const { t } = useTranslation();
  const connection = useConnection();
  const { attempt } = useNotices();
  const [isAsking, setAsking] = useState(false);
  const mayArchive = useTwinSpace(
    (state) => myself(state)?.role === "founder" && state.project?.view.phase === "active",
  );
  if (!mayArchive) {
    return null;
  }
  return (
    <>
      <Button look="quiet" small icon="lock" onPress={() => setAsking(true)}>
        {t("project.archive")}
      </Button>
      {isAsking && (
        <Confirm
          title={t("project.archiveTitle")}
          text={t("project.archiveText")}
          confirm={t("project.archive")}
          onConfirm={() =>
            void attempt(() => connection.change("project.set_phase", { phase: "archived" }))
          }
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
