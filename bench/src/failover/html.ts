/**
 * The page of a failover run: one timeline a scenario as inline SVG, the figures beside it; no script, no
 * network.
 */
import { renderSvg } from "../report/chart.ts";
import { isClean } from "./analysis.ts";
import { BUCKET_MS, type ScenarioResult } from "./scenario.ts";

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

const milliseconds = (value: number) =>
  value >= 1_000 ? `${(value / 1_000).toFixed(2)} s` : `${value.toFixed(0)} ms`;

export function timelineSvg(result: ScenarioResult): string {
  const perSecond = 1000 / BUCKET_MS;
  const line = (name: string, counts: readonly number[]) => ({
    name,
    type: "line" as const,
    step: "end" as const,
    showSymbol: false,
    data: counts.map((count, i) => [(i * BUCKET_MS) / 1000, count * perSecond]),
  });
  return renderSvg(
    {
      legend: { bottom: 0 },
      grid: { left: 60, right: 30, top: 40, bottom: 60 },
      xAxis: { type: "value", name: "seconds", nameLocation: "middle", nameGap: 25 },
      yAxis: { type: "value", name: "answered / s" },
      series: [
        {
          ...line("writes", result.writesPerBucket),
          markLine: {
            symbol: "none",
            label: { formatter: "{b}", position: "insideEndTop" as const },
            data: result.marks.map((mark) => ({
              name: mark.what,
              xAxis: Number(((mark.atMs - result.startedMs) / 1000).toFixed(2)),
            })),
          },
        },
        line("linearizable reads", result.readsPerBucket),
      ],
    },
    { width: 960, height: 320 },
  );
}

function figures(result: ScenarioResult): [string, string][] {
  const { verdict } = result;
  const errors = Object.entries(result.errors).map(([kind, count]) => `${count} x ${kind}`);
  return [
    ["longest time without a write", milliseconds(result.writeGap.ms)],
    ["longest time without a linearizable read", milliseconds(result.readGap.ms)],
    ["until all members were ready again", milliseconds(result.redundancyMs)],
    ["errors", errors.join(", ") || "none"],
    ["watch", `${result.watchBreaks} break(s), longest ${milliseconds(result.watchOutageMs)}`],
    [
      "write to watch, p50 / p99",
      `${milliseconds(result.watchDelayMs.p50)} / ${milliseconds(result.watchDelayMs.p99)}`,
    ],
    ["acknowledged writes", `${verdict.acknowledged}, lost: ${verdict.lost.length}`],
    ["watch missed / delivered twice", `${verdict.missedByWatch.length} / ${verdict.deliveredTwice.length}`],
    ["members that differ", result.membersThatDiffer.join(", ") || "none"],
  ];
}

export function passed(result: ScenarioResult): boolean {
  return isClean(result.verdict) && result.membersThatDiffer.length === 0;
}

function section(result: ScenarioResult): string {
  const rows = figures(result).map(
    ([name, value]) => `<tr><th>${escaped(name)}</th><td>${escaped(value)}</td></tr>`,
  );
  const verdict = passed(result)
    ? '<p class="ok">Nothing acknowledged was lost.</p>'
    : '<p class="bad">A promise was broken: see the figures.</p>';
  return `<section id="${escaped(result.fault)}"><h2>${escaped(result.title)}</h2>${verdict}
${timelineSvg(result)}<table>${rows.join("")}</table></section>`;
}

export function htmlOf(results: readonly ScenarioResult[]): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Quorate: failover</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1c2430; }
table { border-collapse: collapse; margin: 1rem 0; } th, td { text-align: left; padding: .25rem .75rem; border-bottom: 1px solid #d8dde5; }
th { font-weight: 500; } .ok { color: #1f7a3a; } .bad { color: #b3261e; font-weight: 600; } svg { max-width: 100%; height: auto; }
</style></head><body>
<h1>What a client sees when a member dies</h1>
<p>Three members on one machine, 12 writers and 6 readers over all members, one attempt every 10 ms each, one watch that
moves to the next member when it breaks. Times are the client's.</p>
${results.map(section).join("\n")}
</body></html>
`;
}
