/** A browser on this machine, where there is one, and the document that it makes of a page. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const NAMES = ["chromium", "chromium-browser", "google-chrome", "chrome", "msedge"];
const LIMIT_MS = 60_000;

/** The first one that answers. */
export async function findBrowser(): Promise<string | undefined> {
  for (const name of [process.env["CHROME_PATH"], ...NAMES]) {
    if (!name) continue;
    const answer = await run(name, ["--version"], { timeout: LIMIT_MS }).catch(() => undefined);
    if (answer) return name;
  }
  return undefined;
}

/** The page's document after the browser has laid it out. */
export async function screenOf(browser: string, file: string): Promise<string> {
  const profile = await mkdtemp(join(tmpdir(), "quorate-browser-"));
  try {
    const { stdout } = await run(
      browser,
      [
        ...["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${profile}`],
        ...["--dump-dom", pathToFileURL(file).href],
      ],
      { timeout: LIMIT_MS, maxBuffer: 16 << 20 },
    );
    return stdout;
  } finally {
    await rm(profile, { recursive: true, force: true });
  }
}
