import { useTranslation } from "react-i18next";

/** The page before anything is known. */
export function TwinSpaceSkeleton() {
  const { t } = useTranslation();
  return (
    <div className="columns columns--skeleton" aria-busy="true">
      <p className="visually-hidden" role="status">
        {t("app.loading")}
      </p>
      <div className="pane pane--skeleton">
        <ListSkeleton />
      </div>
      <div className="chat chat--skeleton">
        <MessagesSkeleton />
      </div>
      <div className="pane pane--skeleton">
        <ListSkeleton />
      </div>
    </div>
  );
}

export function ListSkeleton() {
  return (
    <div className="skeleton-list" aria-hidden="true">
      <span className="skeleton" />
      <span className="skeleton" />
      <span className="skeleton" />
      <span className="skeleton" />
    </div>
  );
}

export function MessagesSkeleton() {
  return (
    <div className="skeleton-messages" aria-hidden="true">
      <span className="skeleton" />
      <span className="skeleton skeleton--own" />
      <span className="skeleton" />
      <span className="skeleton" />
      <span className="skeleton skeleton--own" />
    </div>
  );
}
