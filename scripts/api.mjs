// The public face of the library, as src/index.ts lists it: its types in one file, and docs/api.md.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @param {string} indexPath src/index.ts
 * @param {string} typesFolder the declarations that tsc has made of src/
 * @returns {{ types: string, reference: string }}
 */
export function describeApi(indexPath, typesFolder) {
  const types = ["// Made from src by `npm run build`; change it there.\n"];
  const reference = [];
  const declared = new Set();
  const index = readFileSync(indexPath, "utf8");
  reference.push(`# The library\n\n${textOf(/^\/\*\*.*?\*\//s.exec(index)[0])}\n`);
  const parts =
    /^\/\/ (?!biome)(?<title>.+)$|^export (?<type>type )?{(?<names>[^}]+)} from "(?<from>[^"]+)";$/gm;
  for (const { groups } of index.matchAll(parts)) {
    if (groups.title !== undefined) {
      reference.push(`## ${groups.title}\n`);
      continue;
    }
    const statements = readStatements(join(typesFolder, groups.from.replace(/\.ts$/, ".d.ts")));
    for (const name of groups.names.split(",").map((word) => word.replace("type ", "").trim())) {
      if (name === "") continue;
      const found = statements.get(name) ?? fail(`${name} is not declared in ${groups.from}`);
      const statement =
        groups.type === undefined ? found : { ...found, code: withoutConstructor(found.code) };
      const tables = tablesOf(statement, statements);
      for (const table of tables.filter(({ name: other }) => !declared.has(other)))
        types.push(table.comment, table.code.replace(/^export /, ""));
      for (const { name: other } of [...tables, statement]) declared.add(other);
      types.push(statement.comment, statement.code);
      const comment = [statement, ...tables].find((one) => one.comment !== "")?.comment;
      if (comment === undefined) fail(`${name} in ${groups.from} has no word of explanation.`);
      const code = [...tables, statement].map((one) => one.code).join("");
      reference.push(`### ${name}\n`, `${textOf(comment)}\n`, block(code));
    }
  }
  types.push("export {};\n");
  return { types: types.join(""), reference: reference.join("\n") };
}

/** The top-level statements of a file of declarations, by name; tsc indents whatever is inside of one. */
function readStatements(path) {
  const statements = new Map();
  let comment = "";
  for (const part of readFileSync(path, "utf8").split(
    /^(?=\/\*\*|export |declare |import |interface |type )/m,
  )) {
    if (part.startsWith("/**")) {
      comment = part;
      continue;
    }
    const name = /^(?:export )?(?:declare )?(?:interface|type|class|const|function) (\w+)/.exec(part)?.[1];
    if (name !== undefined) statements.set(name, { name, comment, code: part });
    comment = "";
  }
  return statements;
}

/** A class that is exported as a type is an interface to others: they can't make one, and don't see its inside. */
function withoutConstructor(code) {
  if (!code.startsWith("export declare class ")) return code;
  return code
    .replace("export declare class", "export interface")
    .replace(/^ {4}(?:#private;|constructor\(.*\);)\n/gm, "")
    .replace(/^ {4}get (\w+)\(\)/gm, "    readonly $1");
}

/** The constants that a type is made of, by `typeof`. */
function tablesOf({ code }, statements) {
  return [...code.matchAll(/typeof (\w+)/g)].map(([, name]) => statements.get(name)).filter(Boolean);
}

function block(code) {
  const short = code
    .replaceAll("    ", "  ")
    .replace(/^export (declare )?|^declare /gm, "")
    .replace(/\{\n +readonly (\w+: \w+);\n +readonly (\w+: \w+);\n +\};/g, "{ $1; $2 };");
  return `\`\`\`ts\n${short.trimEnd()}\n\`\`\`\n`;
}

/** A doc comment as Markdown. */
function textOf(comment) {
  const lines = comment
    .replace(/^\/\*\*|\*\/\s*$/g, "")
    .split("\n")
    .map((line) => line.replace(/^ \* ?/, "").trimEnd());
  return lines
    .join("\n")
    .trim()
    .replace(/@throws (\w+) /g, "Throws `$1`: ");
}

function fail(message) {
  throw new Error(message);
}
