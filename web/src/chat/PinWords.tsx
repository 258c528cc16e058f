import { useTranslation } from "react-i18next";
import type { Message } from "../protocol/generated";
import { useTwinSpace } from "../state/store";
import { inWords } from "./files/inWords";
import { withNames } from "./mentions";

/** What and who, in one line: where it is cut, the words are what one has to see. */
export function PinWords({ message }: { message: Message }) {
  const { t } = useTranslation();
  const author = useTwinSpace((state) => state.names[message.actor] ?? null);
  const names = useTwinSpace((state) => state.names);
  return (
    <span className="pin__words">
      <bdi className="pin__text" lang={message.language ?? undefined}>
        {withNames(inWords(t, message), names)}
      </bdi>{" "}
      <bdi className="pin__author">{author ?? t("common.somebody")}</bdi>
    </span>
  );
}
