import { Button, Dialog, DialogTrigger, Heading, Popover } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { isStaff, myself, seenBy } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { Icon } from "../ui/Icon";

/** How many have read one's newest message. Teachers may see who. */
export function SeenBy({ room, message }: { room: string; message: number }) {
  const { t, i18n } = useTranslation();
  const members = useTwinSpace((state) => seenBy(state, room, message));
  const names = useTwinSpace((state) => state.names);
  const isTeacher = useTwinSpace((state) => isStaff(myself(state)?.role ?? "pupil"));
  if (members.length === 0) {
    return null;
  }
  const words = t("chat.seenBy", { count: members.length });
  if (!isTeacher) {
    return (
      <p className="seen-by" data-testid="seen-by">
        <Icon name="eye" size={14} /> {words}
      </p>
    );
  }
  const sorted = members
    .map((member) => names[member] ?? t("common.somebody"))
    .sort((one, other) => one.localeCompare(other, i18n.language));
  return (
    <DialogTrigger>
      <Button className="seen-by seen-by--button" data-testid="seen-by">
        <Icon name="eye" size={14} /> {words}
      </Button>
      <Popover placement="top end" className="menu seen-by__names">
        <Dialog>
          <Heading slot="title" className="seen-by__title">
            {words}
          </Heading>
          <ul>
            {sorted.map((name, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two may have the same name
              <li key={index} dir="auto">
                {name}
              </li>
            ))}
          </ul>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
