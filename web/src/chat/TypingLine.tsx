import { useTranslation } from "react-i18next";
import { typingIn } from "../state/selectors";
import { useTwinSpace } from "../state/store";

/** So many are named; more are counted. */
const NAMED_MAX = 3;

/** Who is writing. For the eye: read out, it would never end. */
export function TypingLine({ room }: { room: string }) {
  const { t, i18n } = useTranslation();
  const typing = useTwinSpace((state) => typingIn(state, room));
  const names = useTwinSpace((state) => state.names);
  const count = typing.length;
  if (count === 0) {
    return <p className="typing" aria-hidden="true" />;
  }
  const known = typing.map((member) => names[member] ?? t("common.somebody"));
  const list = new Intl.ListFormat(i18n.language, { type: "conjunction" }).format(known);
  return (
    <p className="typing" aria-hidden="true" data-testid="typing">
      <span className="typing__dots" />
      {count > NAMED_MAX
        ? t("chat.typingMany", { count })
        : t("chat.typing", { count, names: list })}
    </p>
  );
}
