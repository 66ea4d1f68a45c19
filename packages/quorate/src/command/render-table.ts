/** Rows as columns of text. */

/** The first row is the heading; columns are as wide as their widest cell, two spaces apart. */
export function renderTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ");
  return `${rows.map((row) => line(row).trimEnd()).join("\n")}\n`;
}

/** As JSON with ids in hexadecimal, as etcdctl shows them. */
export function renderJson(value: unknown): string {
  const shown = (_key: string, part: unknown) => (typeof part === "bigint" ? part.toString(16) : part);
  return `${JSON.stringify(value, shown, 2)}\n`;
}

/** Bytes for people. */
export function renderBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${value} B` : `${value.toFixed(1)} ${units[unit]}`;
}
