import { useTranslation } from "react-i18next";
import type { Message } from "../protocol/generated";
import { useTwinSpace } from "../state/store";
import { withNames } from "./mentions";

/** Who and what, in one line. */
export function PinWords({ message }: { message: Message }) {
  const { t } = useTranslation();
  const author = useTwinSpace((state) => state.names[message.actor] ?? null);
  const names = useTwinSpace((state) => state.names);
  return (
    <span className="pin__words">
      <bdi className="pin__author">{author ?? t("common.somebody")}</bdi>{" "}
      <bdi lang={message.language ?? undefined}>{withNames(message.text, names)}</bdi>
    </span>
  );
}
