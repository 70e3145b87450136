// The commands that few lines need, as files of their own beside the program. Such a file is a function: the program calls
// it with its own code, so that nothing is there twice, and the file has only what the program has not.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { build } from "esbuild";

const LIST = "src/cli/surface/rare.ts";
const LOADED = /\bimport\("([^"]+)"\)/g;

/**
 * Makes one text of a program and one of each rare command. `bundle` makes a text of pieces, with the plugins it is given.
 *
 * @returns a map from the name of a file to its text; the program's own is `program`
 */
export async function withRareCommands({ root, entry, program, options, plugins, bundle }) {
  const rare = [...readFileSync(join(root, LIST), "utf8").matchAll(LOADED)].map(([, path]) => ({
    out: fileOf(path),
    in: join(root, dirname(LIST), path),
  }));
  const { texts, needs } = await split({ root, entry, rare, options, plugins });
  const ofProgram = reached("program.js", needs);
  const commands = rare.map(({ out }) => {
    const all = [...reached(`${out}.js`, needs)];
    const own = all.filter((piece) => !ofProgram.has(piece));
    return { out, all, taken: namesTaken(own.map((piece) => texts.get(piece))) };
  });
  const ofRare = new Set(commands.flatMap(({ all }) => all));
  const shared = [...ofProgram]
    .filter((piece) => ofRare.has(piece))
    .map((piece, at) => {
      const names = new Set(commands.flatMap(({ taken }) => taken.get(piece) ?? []));
      return { piece, at, names: [...names] };
    });
  // The names in a piece are of one letter: with the pieces of another build, a command would call anything.
  const digest = createHash("sha256").update(JSON.stringify([...texts]));
  const id = digest.digest("hex").slice(0, 16);
  const given = [...shared.map(giving), `export const build = "${id}";`].join("\n");
  // In this order: the program calls its command while it is loaded.
  const main = await bundle('export * from "./given.js"; import "./program.js";', [
    pieces(new Map([...texts, ["given.js", given]])),
  ]);
  // A name of its own: `module` would be that of a file inside the bundle.
  const made = new Map([[program, `const PROGRAM = module;\n${main}`]]);
  for (const { out, taken } of commands) {
    const given = shared.map((one) => [one.piece, taking({ ...one, names: taken.get(one.piece) ?? [] })]);
    const ofCommand = pieces(new Map([...texts, ...given]));
    const text = await bundle(`export * from "./${out}.js";`, [ofCommand]);
    made.set(`${out}.cjs`, asFunction(text, id, `${program} and ${out}.cjs are of two builds.`));
  }
  return made;
}

/**
 * Splits a program and its rare commands into pieces, so that no module is in two of them.
 *
 * @returns the text of each piece, and which pieces it needs
 */
async function split({ root, entry, rare, options, plugins }) {
  const calling = (list) =>
    list.replaceAll(LOADED, (_, path) => `require("./${fileOf(path)}.cjs")(PROGRAM.exports)`);
  const { outputFiles, metafile } = await build({
    ...options,
    plugins: [...plugins, listAs(root, calling)],
    external: rare.map(({ out }) => `./${out}.cjs`),
    format: "esm",
    splitting: true,
    minify: true,
    chunkNames: "piece-[hash]",
    outdir: "dist/pieces",
    metafile: true,
    entryPoints: [{ in: entry, out: "program" }, ...rare],
    write: false,
  });
  return {
    texts: new Map(outputFiles.map(({ path, text }) => [basename(path), text])),
    needs: importsOf(metafile),
  };
}

/** Returns what the program gives of a piece: a function, as the objects would cost each start 1.5 ms, and most need none. */
function giving({ piece, at, names }) {
  const own = names.map((name) => `${name} as ${name}${at}`);
  const all = names.map((name) => `${name}: ${name}${at}`);
  return `import { ${own} } from "./${piece}";\nexport const piece${at} = () => ({ ${all} });`;
}

/** Returns the piece as a command takes it: variables, as a CommonJS module would be copied for each file that imports it. */
function taking({ at, names }) {
  const own = names.map((name) => `${name}: ${name}${at}`);
  const all = names.map((name) => `${name}${at} as ${name}`);
  return names.length === 0 ? "" : `const { ${own} } = PROGRAM.piece${at}();\nexport { ${all} };`;
}

/**
 * Returns the names that texts of pieces import, by the piece that they are from. One that is missed stops the build: what a
 * piece is given has no such export.
 */
function namesTaken(texts) {
  const taken = new Map();
  for (const text of texts)
    for (const [, names, piece] of text.matchAll(/\bimport\s*{([^}]*)}\s*from\s*"\.\/([^"]+)"/g)) {
      const own = names.split(",").map((one) => one.trim().split(/\s/)[0]);
      taken.set(piece, [...new Set([...(taken.get(piece) ?? []), ...own])]);
    }
  return taken;
}

/** An esbuild plugin that puts the rare commands into the program itself, as if they were loaded with it. */
export function carryRareCommands(root) {
  return listAs(root, (list) => {
    const imports = [];
    const rest = list.replaceAll(LOADED, (_, path) => {
      const name = `command${imports.length}`;
      imports.push(`import * as ${name} from "${path}";`);
      return name;
    });
    return [...imports, rest].join("\n");
  });
}

/** Returns the name of a rare command's file, without its ending. */
function fileOf(source) {
  return `command-${basename(source, ".ts")}`;
}

/** An esbuild plugin that reads the list of rare commands as `change` returns it. */
function listAs(root, change) {
  return {
    name: "list-of-rare-commands",
    setup(build) {
      build.onLoad({ filter: /rare\.ts$/ }, ({ path }) =>
        relative(root, path) === LIST
          ? { contents: change(readFileSync(path, "utf8")), loader: "ts" }
          : undefined,
      );
    },
  };
}

/** Returns which pieces each piece needs at its start. What it loads later must have a file of its own. */
function importsOf({ outputs }) {
  const needs = new Map();
  for (const [path, { imports }] of Object.entries(outputs)) {
    const inside = imports.filter(({ external }) => !external);
    const later = inside.find(({ kind }) => kind === "dynamic-import");
    if (later !== undefined)
      throw new Error(`Loaded with import(), but not a file of its own: ${outputs[later.path].entryPoint}`);
    needs.set(
      basename(path),
      inside.map(({ path }) => basename(path)),
    );
  }
  return needs;
}

function reached(piece, needs, seen = new Set()) {
  if (seen.has(piece)) return seen;
  seen.add(piece);
  for (const next of needs.get(piece) ?? []) reached(next, needs, seen);
  return seen;
}

/** An esbuild plugin that reads pieces from memory. */
function pieces(texts) {
  return {
    name: "pieces",
    setup(build) {
      build.onResolve({ filter: /^\.\// }, ({ path }) => {
        const name = basename(path);
        return texts.has(name) ? { path: name, namespace: "piece" } : { path, external: true };
      });
      build.onLoad({ filter: /./, namespace: "piece" }, ({ path }) => ({
        contents: texts.get(path),
        loader: "js",
      }));
    },
  };
}

/** Makes a CommonJS text a function of the program's code. V8 compiles it at once where brackets are around it. */
function asFunction(text, id, message) {
  const check = `if (PROGRAM.build !== "${id}") throw new Error(${JSON.stringify(message)});`;
  return `module.exports = (function (PROGRAM) { ${check} const module = { exports: {} };\n${text}return module.exports; });\n`;
}
