import { useRef } from "react";
import {
  Button as AriaButton,
  Menu,
  MenuItem,
  MenuTrigger,
  Popover,
  Separator,
} from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Message } from "../protocol/generated";
import { useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { Icon } from "../ui/Icon";
import { useNotices } from "../ui/Notices";
import { useChatActions } from "./chatActions";
import { byName, languageName } from "./languageOf";

export interface LanguageMarkProps {
  room: string;
  message: Message;
  language: string;
  isTabStop: boolean;
}

/** Entries of the menu that are no languages: no BCP 47 tag is one sign long. */
const NONE = "-";
const OTHER = "+";

/** In which language a message seems to be. A wrong guess is put right from here, by its author and by teachers. */
export default function LanguageMark({ room, message, language, isTabStop }: LanguageMarkProps) {
  const { t, i18n } = useTranslation();
  const connection = useConnection();
  const actions = useChatActions();
  const { attempt } = useNotices();
  const mark = useRef<HTMLButtonElement>(null);
  const name = languageName(language, i18n.language);

  async function choose(key: string): Promise<void> {
    if (key === OTHER) {
      actions.chooseLanguage(message);
    } else if (key !== language) {
      // The mark goes when the message is in the reader's own language; the message stays, so the focus is better there.
      mark.current?.closest("article")?.focus();
      const chosen = key === NONE ? null : key;
      await attempt(() => connection.chat.setLanguage(room, message.id, chosen));
    }
  }

  return (
    <MenuTrigger>
      <AriaButton
        ref={mark}
        className="message__language"
        data-testid="language"
        aria-label={t("chat.languageIs", { language: name })}
        excludeFromTabOrder={!isTabStop}
      >
        {name}
      </AriaButton>
      <Popover placement="bottom start">
        <LanguageMenu language={language} onChoose={(key) => void choose(key)} />
      </Popover>
    </MenuTrigger>
  );
}

interface LanguageMenuProps {
  language: string;
  onChoose(key: string): void;
}

/** Drawn when it is opened: of hundreds of marks hardly one is. */
function LanguageMenu({ language, onChoose }: LanguageMenuProps) {
  const { t, i18n } = useTranslation();
  const classes = useTwinSpace((state) => state.project?.view.classes);
  const spoken = new Set([language, ...(classes ?? []).flatMap(({ languages }) => languages)]);
  return (
    <Menu
      className="menu"
      aria-label={t("chat.languageTitle")}
      onAction={(key) => onChoose(String(key))}
    >
      {byName([...spoken], i18n.language).map((each) => (
        <MenuItem key={each.tag} id={each.tag} textValue={each.name} className="menu__item">
          {each.name}
          {each.tag === language && (
            <span className="menu__mark">
              <Icon name="check" />
            </span>
          )}
        </MenuItem>
      ))}
      <Separator className="menu__separator" />
      <MenuItem id={NONE} className="menu__item">
        {t("chat.languageNone")}
      </MenuItem>
      <MenuItem id={OTHER} className="menu__item">
        {t("chat.languageOther")}
      </MenuItem>
    </Menu>
  );
}
