import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../environment.ts";

export interface CodeBlock {
  /** What stands behind the three backticks. */
  language: string;
  text: string;
  line: number;
}

/** The fenced blocks of a document, in order. */
export function codeBlocks(document: string): CodeBlock[] {
  const text = readFileSync(join(REPOSITORY, document), "utf8");
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ 1: language = "", 2: block = "", index }) => ({
    language,
    text: block,
    line: text.slice(0, index).split("\n").length,
  }));
}

/** The documents that users read, relative to the repository. */
export function userDocuments(): string[] {
  const docs = readdirSync(join(REPOSITORY, "docs"), { recursive: true, encoding: "utf8" });
  return ["README.md", ...docs.filter((path) => path.endsWith(".md")).map((path) => join("docs", path))];
}
