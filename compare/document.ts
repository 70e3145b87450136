import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../test/support/environment.ts";

const BEGIN = "<!-- Written by `npm run compare -- --write`: begin -->";
const END = "<!-- end -->";
export const DOCUMENT = "docs/compare.md";

/** Puts a report between the marks of the document. */
export function writeDocument(report: string): void {
  const file = join(REPOSITORY, DOCUMENT);
  writeFileSync(file, withReport(readFileSync(file, "utf8"), report));
}

/** @throws Error where the marks are gone. */
export function withReport(document: string, report: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END, begin);
  if (begin === -1 || end === -1)
    throw new Error(`${DOCUMENT} has lost the marks between which the report belongs: ${BEGIN} and ${END}`);
  const before = document.slice(0, begin + BEGIN.length);
  return `${before}\n\n\`\`\`text\n${report.trimEnd()}\n\`\`\`\n\n${document.slice(end)}`;
}
