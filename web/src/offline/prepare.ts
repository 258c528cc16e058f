/** What is done once the page is quiet, so that it is of use when nothing can be fetched any more. */

import { addPart } from "../locales/i18n";
import { keepThisPage } from "./keeping";

/** Fetch the problem report, which one wants when nothing works, and have the browser keep all that was loaded. */
export async function prepare(): Promise<void> {
  await Promise.allSettled([import("../report/ReportDialog"), addPart("report")]);
  await keepThisPage();
}
