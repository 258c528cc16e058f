import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { PART_ICONS } from "../place/PartBar";
import { usePlaceOfRoom } from "../place/usePlace";
import type { Part, RoomView } from "../protocol/generated";
import { goTo, twinSpacePath } from "../route";
import { type AttentionCall, ledBy } from "../state/lesson";
import { useStore, useTwinSpace } from "../state/store";
import { Button, IconButton } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { firstTime, forget, isOwn, partOf } from "./attention";
import { Said } from "./Said";

/** How long it is said: to those who see it already, and to those who have to go there first. */
const HERE_MS = 12_000;
const ELSEWHERE_MS = 60_000;

const ASKED = {
  call: "lesson.look.askedCall",
  board: "lesson.look.askedBoard",
  chat: "lesson.look.askedChat",
  people: "lesson.look.askedPeople",
  teacher: "lesson.look.askedTeacher",
} as const satisfies Record<Part, string>;

/** A teacher asks everybody to look at a part of a room: here it is brought to the front, elsewhere there is a way. */
export function AttentionLine({ attention, room }: { attention: AttentionCall; room: RoomView }) {
  const { t } = useTranslation();
  const store = useStore();
  const place = usePlaceOfRoom();
  const me = useTwinSpace((state) => state.me);
  const project = useTwinSpace((state) => state.project?.view.id ?? null);
  const name = useTwinSpace((state) => state.names[attention.by]) ?? t("common.somebody");
  const isMine = isOwn(attention, me);
  const isHere = attention.room === room.id;

  useEffect(() => {
    const part = partOf(attention.part);
    if (!isHere || !firstTime(attention)) {
      return;
    }
    if (!isMine) {
      place.enlarge(part);
      store.dispatch({ type: "led", led: ledBy(attention) });
    } else if (place.sizeOf(part) === "away") {
      place.bring(part); // what one shows to others one wants to see
    }
  });

  useEffect(() => {
    const timer = setTimeout(() => forget(store, attention), isHere ? HERE_MS : ELSEWHERE_MS);
    return () => clearTimeout(timer);
  }, [store, attention, isHere]);

  const text = isMine ? t("lesson.look.mine") : t(ASKED[attention.part], { name });
  return (
    <section className="strip lesson-attention" data-testid="attention">
      <Icon name={PART_ICONS[partOf(attention.part)]} />
      <p className="strip__words">{text}</p>
      {!isHere && project !== null && me !== null && (
        <Button
          look="primary"
          small
          onPress={() => goTo(twinSpacePath(project, me, attention.room))}
        >
          {t("lesson.look.go")}
        </Button>
      )}
      <IconButton
        icon="close"
        label={t("common.dismiss")}
        small
        onPress={() => forget(store, attention)}
      />
      <Said text={text} />
    </section>
  );
}
