import test from "ava";
import { checkArrows } from "./arrows.ts";
import { findCycles } from "./cycles.ts";
import { findDeadFiles } from "./dead-files.ts";
import { findLeaks } from "./leaks.ts";
import { checkLinks } from "./links.ts";
import { checkNames } from "./names.ts";
import { checkPackages } from "./packages.ts";
import { readProject } from "./project.ts";
import { bannedNamesIn, checkPurity } from "./purity.ts";
import { checkSizes } from "./sizes.ts";

const project = readProject();

test("packages import only along the arrows, and libraries only at their places", (t) => {
  t.deepEqual(checkArrows(project), []);
});

test("no files need each other in a circle", (t) => {
  t.deepEqual(findCycles(project), []);
});

test("pure packages use no clock, timer, random source, I/O or process", (t) => {
  t.deepEqual(checkPurity(project), []);
});

test("the purity rule sees uses and leaves names alone that only look like them", (t) => {
  t.deepEqual(bannedNamesIn("const a = Date.now() + Math.random(); setTimeout(() => a);"), [
    "Date.now",
    "Math.random",
    "setTimeout",
  ]);
  t.deepEqual(bannedNamesIn("new Date(); process.exit(); globalThis.fetch"), [
    "new Date()",
    "process",
    "globalThis.fetch",
  ]);
  t.deepEqual(
    bannedNamesIn("interface Port { process(): void }; port.process({ fetch: 1 }); new Date(0);"),
    [],
  );
});

test("every file is reached from an entry point", (t) => {
  t.deepEqual(findDeadFiles(project), []);
});

test("files are named in kebab-case after what they hold", (t) => {
  t.deepEqual(checkNames(project), []);
});

test("links in the documents lead somewhere", (t) => {
  t.deepEqual(checkLinks(project), []);
});

test("no file names a machine's path or a registry, and none is left unfinished", (t) => {
  t.deepEqual(findLeaks(project), []);
});

test("every package is licensed and pins its dependencies", (t) => {
  t.deepEqual(checkPackages(project), []);
});

test("files, lines and silence only shrink", (t) => {
  t.deepEqual(checkSizes(project), []);
});
