/**
 * The page of a failover run: a table of all scenarios, then each one's timeline as inline SVG with its
 * figures; no script, no network.
 */
import { passed, type ScenarioResult } from "./scenario.ts";
import { timelineSvg } from "./timeline-plot.ts";

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
body { color: #1c2430; background: #fff; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .75rem; border-bottom: 1px solid #d8dde5; }
th { font-weight: 500; } td.number { text-align: right; }
.ok { color: #1f7a3a; } .bad { color: #b3261e; font-weight: 600; }
section { margin-top: 3rem; } svg { max-width: 100%; height: auto; }
`;

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** Milliseconds as a person reads them. */
export function duration(ms: number): string {
  return ms >= 1_000 ? `${(ms / 1_000).toFixed(2)} s` : `${ms.toFixed(0)} ms`;
}

/** A scenario's place on the page. */
function anchorOf({ fault, side }: ScenarioResult, index: number): string {
  return `${fault}-${side}-${index + 1}`;
}

function verdictText(result: ScenarioResult): string {
  const { lost, ghosts, missedByWatch, deliveredTwice, acknowledged } = result.verdict;
  if (passed(result)) return `none of ${acknowledged} lost`;
  const broken = [
    [lost.length, "acknowledged writes lost"],
    [ghosts.length, "refused writes present"],
    [missedByWatch.length, "events missed by the watch"],
    [deliveredTwice.length, "events delivered twice"],
    [result.membersThatDiffer.length, "members that differ"],
  ] as const;
  return broken
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}`)
    .join(", ");
}

function figures(result: ScenarioResult): [string, string][] {
  const errors = Object.entries(result.errors).map(([kind, count]) => `${count} x ${kind}`);
  const { watchDelayMs } = result;
  return [
    ["longest time without a write", duration(result.writeGap.ms)],
    ["longest time without a linearizable read", duration(result.readGap.ms)],
    ["longest time without an event at the watch", duration(result.watchGap.ms)],
    ["from the fault until all members were ready", duration(result.redundancyMs)],
    ["attempts without success", errors.join(", ") || "none"],
    [
      "watch",
      `${result.watchBreaks} time(s) broken and resumed${result.watchRelisted ? ", started over from a list" : ""}`,
    ],
    ["write to watch, p50 / p99", `${duration(watchDelayMs.p50)} / ${duration(watchDelayMs.p99)}`],
    ["acknowledged writes", verdictText(result)],
  ];
}

function section(result: ScenarioResult, index: number): string {
  const rows = figures(result).map(
    ([name, value]) => `<tr><th>${escaped(name)}</th><td>${escaped(value)}</td></tr>`,
  );
  const verdict = passed(result)
    ? '<p class="ok">Nothing acknowledged was lost, no event was missed, all members agree.</p>'
    : `<p class="bad">A promise was broken: ${escaped(verdictText(result))}.</p>`;
  return `<section id="${escaped(anchorOf(result, index))}">
<h2>${escaped(result.program)}: ${escaped(result.title)}</h2>
${verdict}
<figure>${timelineSvg(result)}</figure>
<table>${rows.join("\n")}</table>
</section>`;
}

function summaryRow(result: ScenarioResult, index: number): string {
  const number = (ms: number) => `<td class="number">${escaped(duration(ms))}</td>`;
  const link = `<a href="#${escaped(anchorOf(result, index))}">${escaped(result.title)}</a>`;
  const verdict = `<td class="${passed(result) ? "ok" : "bad"}">${escaped(verdictText(result))}</td>`;
  const times = [result.writeGap.ms, result.readGap.ms, result.watchGap.ms, result.redundancyMs].map(number);
  return `<tr><td>${escaped(result.program)}</td><td>${link}</td>${times.join("")}${verdict}</tr>`;
}

/** The whole page. */
export function htmlOf(results: readonly ScenarioResult[]): string {
  const head = [
    ...["", "fault", "longest time without a write", "without a read", "without an event"],
    ...["until all ready", "acknowledged writes"],
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Quorate: failover</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>${STYLE}</style></head><body>
<h1>What a client sees when a member fails</h1>
<p>Three members on one machine; four writers and two readers at each, one attempt every 25 ms; one watch that turns to
the next member when its own breaks or falls silent. All times are the client's. A red band marks the longest time
without a write.</p>
<table><thead><tr>${head.map((cell) => `<th>${escaped(cell)}</th>`).join("")}</tr></thead>
<tbody>${results.map(summaryRow).join("\n")}</tbody></table>
${results.map(section).join("\n")}
</body></html>
`;
}
