/** The check has words in common with the lobby of calls: what to do about devices. */

import { addPart } from "../locales/i18n";

await addPart("call");

export { default } from "./RehearsalDialog";
