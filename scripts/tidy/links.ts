/** Links in the documents lead to files that exist, and to headings that exist in them. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Project, ROOT, resolveImport, type TextFile } from "./project.ts";

/** The anchor that GitHub makes of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");
}

function anchorsOf({ text }: TextFile): Set<string> {
  return new Set([...text.matchAll(/^#{1,6}\s+(.+)$/gm)].map((match) => anchorOf(match[1]!)));
}

/** Broken relative links of all markdown files. */
export function checkLinks(project: Project): string[] {
  const problems: string[] = [];
  const documents = new Map(
    project.texts.filter(({ path }) => path.endsWith(".md")).map((file) => [file.path, file]),
  );
  for (const file of documents.values()) {
    const prose = file.text.replace(/```[\s\S]*?```/g, "");
    for (const [, target] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target!)) continue;
      const [path, anchor] = target!.split("#") as [string, string | undefined];
      const resolved = path ? resolveImport(file.path, path) : file.path;
      const document = documents.get(resolved);
      if (!existsSync(join(ROOT, resolved))) problems.push(`${file.path}: ${target} leads nowhere`);
      else if (anchor && document && !anchorsOf(document).has(anchor)) {
        problems.push(`${file.path}: ${resolved} has no heading #${anchor}`);
      }
    }
  }
  return problems;
}
