import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { userDocuments } from "../support/docs/code-blocks.ts";
import { REPOSITORY } from "../support/environment.ts";

const DOCUMENTS = ["CHANGELOG.md", "CONTRIBUTING.md", "THIRD-PARTY.md", ...userDocuments()];

const textOf = (document: string) => readFileSync(join(REPOSITORY, document), "utf8");

/** The names by which a link reaches the headings of a document, as GitHub makes them. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of text.matchAll(/^#+ (.+)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replace(/\]\([^)]*\)/g, "")
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-");
    let name = slug;
    for (let count = 1; anchors.has(name); count += 1) name = `${slug}-${count}`;
    anchors.add(name);
  }
  return anchors;
}

/** What is wrong with the links of a document into this repository. */
function brokenLinks(document: string): string[] {
  const text = textOf(document).replace(/^```.*?^```$/gms, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = ""]) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? document : join(dirname(document), decodeURI(path));
    if (!existsSync(join(REPOSITORY, target))) return [`${document}: there is no ${link}`];
    const isHeading = anchor === undefined || anchorsOf(textOf(target)).has(anchor);
    return isHeading ? [] : [`${document}: ${link} leads to no heading`];
  });
}

test("every document has a title and a text", () => {
  for (const document of DOCUMENTS) assert.match(textOf(document), /^(?:<.*>\n+)*# .+\n+\S/, document);
});

test("the changes name what is not released yet, and the versions before", () => {
  const [, ...versions] = textOf("CHANGELOG.md").split(/^## /m);
  assert.ok(versions.length > 0);
  for (const version of versions) assert.match(version, /^(?:Unreleased|\d+\.\d+\.\d+.*)\n(?:.*\n)*- /m);
});

test("every link of a document into this repository leads to a file and to a heading", () => {
  assert.deepEqual(DOCUMENTS.flatMap(brokenLinks), []);
});
