import { useTranslation } from "react-i18next";
import { PART_ICONS } from "../place/PartBar";
import type { Part, RoomView } from "../protocol/generated";
import { isInCall } from "../state/callSelectors";
import { useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { useIsHere } from "../ui/asking";
import { Button } from "../ui/Button";
import { useNotices } from "../ui/Notices";
import { callAttention, partOf } from "./attention";

const LABELS = {
  board: "lesson.look.board",
  chat: "lesson.look.chat",
  people: "lesson.look.people",
  call: "lesson.look.call",
  teacher: "lesson.look.teacher",
} as const satisfies Record<Part, string>;

const ALWAYS: readonly Part[] = ["board", "chat", "people"];
const IN_A_CALL: readonly Part[] = [...ALWAYS, "call", "teacher"];

/** Asks everybody to look at a part of the room; at the call while there is one that the teacher is in. */
export function LookHere({ room, onDone }: { room: RoomView; onDone(): void }) {
  const { t } = useTranslation();
  const connection = useConnection();
  const { attempt } = useNotices();
  const isHere = useIsHere();
  const isCalling = useTwinSpace((state) => isInCall(state, room.id));

  async function ask(part: Part): Promise<void> {
    const asked = { room: room.id, part };
    const isAsked = await attempt(() =>
      callAttention((name, params) => connection.request(name, params), asked),
    );
    if (isAsked && isHere()) {
      onDone();
    }
  }

  return (
    <section className="lesson-tool" aria-labelledby="lesson-look">
      <h3 id="lesson-look">{t("lesson.look.title")}</h3>
      <p className="lesson-tool__text">{t("lesson.look.text")}</p>
      <div className="lesson-tool__row">
        {(isCalling ? IN_A_CALL : ALWAYS).map((part) => (
          <Button
            key={part}
            icon={part === "teacher" ? "person" : PART_ICONS[partOf(part)]}
            onPress={() => void ask(part)}
          >
            {t(LABELS[part])}
          </Button>
        ))}
      </div>
    </section>
  );
}
