/** Every package says its license, pins what it uses, and the root carries the license's text. */
import type { Project } from "./project.ts";

/** Problems of the package.json files and the LICENSE. */
export function checkPackages(project: Project): string[] {
  const problems: string[] = [];
  const license = project.texts.find(({ path }) => path === "LICENSE");
  if (!license?.text.includes("Apache License")) problems.push("LICENSE: the text of Apache-2.0 is missing");
  for (const { folder, json } of project.packages) {
    const file = folder ? `${folder}/package.json` : "package.json";
    if (json.license !== "Apache-2.0") problems.push(`${file}: license must be Apache-2.0`);
    for (const [name, version] of Object.entries({ ...json.dependencies, ...json.devDependencies })) {
      if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
        problems.push(`${file}: ${name} must be pinned, not ${version}`);
    }
  }
  return problems;
}
