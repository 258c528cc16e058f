/**
 * Lighthouse's opinion of some pages: `node tools/lighthouse.mjs PORT URL...`, where a browser listens on PORT for its
 * debugging protocol. One line of JSON for each: `{url, scores, failed, passed}`, scores from 0 to 1 by
 * category; `passed`: how many rules found something that they apply to, and no fault with it.
 */

import lighthouse from "lighthouse";

const [port, ...urls] = process.argv.slice(2);

const FLAGS = {
  port: Number(port),
  onlyCategories: ["accessibility", "best-practices"],
  formFactor: "desktop",
  screenEmulation: { disabled: true },
  // Who is signed in stays so.
  disableStorageReset: true,
  // Neither category measures time, so nothing is slowed down. "simulate" does not either; with "provided" Lighthouse
  // would wait for five seconds without any request, whatever is said below.
  throttlingMethod: "simulate",
  pauseAfterFcpMs: 0,
  pauseAfterLoadMs: 0,
  // Milliseconds without a request and without a long task: what is fetched for what is shown has come, and is shown.
  networkQuietThresholdMs: 500,
  cpuQuietThresholdMs: 300,
  // Milliseconds, for a busy machine.
  maxWaitForLoad: 30_000,
  // The only two that want the browser's trace, whose end it puts off for five seconds. The test looks at the doctype;
  // "baseline" only lists what is used.
  skipAudits: ["doctype", "baseline"],
  disableFullPageScreenshot: true,
  logLevel: "error",
};

for (const url of urls) {
  const result = await lighthouse(url, FLAGS);
  if (result === undefined || result.lhr.runtimeError !== undefined) {
    throw new Error(`${url}: ${result?.lhr.runtimeError?.message ?? "nothing was measured"}`);
  }
  const { audits, categories, finalDisplayedUrl } = result.lhr;
  const scores = Object.entries(categories).map(([name, { score }]) => [name, score]);
  const failed = Object.values(audits)
    .filter(({ score, scoreDisplayMode }) => scoreDisplayMode === "binary" && score !== 1)
    .map(({ id, title }) => `${id}: ${title}`);
  const passed = Object.values(audits).filter(({ score }) => score === 1).length;
  const told = { url: finalDisplayedUrl, scores: Object.fromEntries(scores), failed, passed };
  process.stdout.write(`${JSON.stringify(told)}\n`);
}
