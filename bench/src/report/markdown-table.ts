/** Tables and numbers in Markdown. */

/** Three digits that count, thousands apart. */
export function shown(value: number, digits = 3): string {
  return Number(value.toPrecision(digits)).toLocaleString("en", { maximumFractionDigits: 4 });
}

/** As `shown`, empty for what was not measured. */
export function maybeShown(value: number | undefined): string {
  return value === undefined ? "" : shown(value);
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

/** A table with its head. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
