// Lighthouse, as a phone: reads {chromium, flags, runs, pages: [{name, url, categories, skipped}]} from stdin and writes a
// line of JSON for each run of each page: {name, scores: {category: 0…100}, failed: ["audit: what it found"]}.
// One browser serves all runs; Lighthouse empties its caches before each.
import * as chromeLauncher from "chrome-launcher";
import lighthouse from "lighthouse";

const ATTEMPTS = 3;
const asked = JSON.parse(await new Response(process.stdin).text());
const chrome = await chromeLauncher.launch({ chromePath: asked.chromium, chromeFlags: asked.flags });
try {
  for (const page of asked.pages) {
    for (let run = 0; run < asked.runs; run += 1) {
      const lhr = await judged(page);
      console.log(JSON.stringify({ name: page.name, scores: scores(lhr), failed: failed(lhr) }));
    }
  }
} finally {
  chrome.kill();
}

/** A report; on a busy machine a browser's trace comes out without its beginning now and then, and is taken again. */
async function judged(page) {
  for (let attempt = 1; ; attempt += 1) {
    const { lhr } = await lighthouse(page.url, {
      port: chrome.port,
      logLevel: "error",
      onlyCategories: page.categories,
      skipAudits: page.skipped,
      ignoreStatusCode: true, // a page that says "not found" is judged as any other
    });
    if (!lhr.runtimeError) return lhr;
    if (attempt === ATTEMPTS) throw new Error(`${page.url}: ${lhr.runtimeError.message}`);
  }
}

function scores(lhr) {
  return Object.fromEntries(Object.values(lhr.categories).map(({ id, score }) => [id, Math.round(score * 100)]));
}

/** The audits that cost points, but for those of performance, which are told by their measures. */
function failed(lhr) {
  return Object.values(lhr.categories).flatMap(({ id, auditRefs }) =>
    auditRefs
      .filter((ref) => ref.weight > 0)
      .map((ref) => lhr.audits[ref.id])
      .filter((audit) => audit.score !== null && audit.score < (id === "performance" ? 0.9 : 1))
      .map((audit) => `${audit.id}: ${audit.displayValue || JSON.stringify(audit.details?.items ?? []).slice(0, 400)}`),
  );
}
