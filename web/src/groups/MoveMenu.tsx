import { Button, Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Icon } from "../ui/Icon";

/** A group that somebody can be moved to. */
export interface Place {
  key: string;
  name: string;
}

/** The entry of the menu that puts somebody into no group. */
const NOWHERE = "";

interface MoveMenuProps {
  member: string;
  name: string;
  /** Where they are: no entry of the menu. */
  at: string | null;
  places: readonly Place[];
  onMove(to: string | null): void;
}

/** The other groups, for whoever does not drag. */
export function MoveMenu({ member, name, at, places, onMove }: MoveMenuProps) {
  const { t } = useTranslation();
  const others = places.filter(({ key }) => key !== at);
  const entries = at === null ? others : [...others, { key: NOWHERE, name: t("groups.noGroup") }];
  return (
    <MenuTrigger>
      <Button
        className="button button--icon button--small"
        aria-label={t("groups.move", { name })}
        data-moves={member}
      >
        <Icon name="more" />
      </Button>
      <Popover placement="bottom end">
        <Menu
          className="menu groups__menu"
          onAction={(key) => onMove(key === NOWHERE ? null : String(key))}
        >
          {entries.map((entry) => (
            <MenuItem key={entry.key} id={entry.key} textValue={entry.name} className="menu__item">
              <span dir="auto">{entry.name}</span>
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
