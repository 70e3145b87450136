// The commands that few lines need, as files of their own beside the program. Such a file is a function: the program calls
// it with its own code, so that nothing is there twice, and the file has only what the program has not.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { build } from "esbuild";

const LIST = "src/cli/surface/rare.ts";
const LOADED = /\bimport\("([^"]+)"\)/g;

/**
 * Splits a program into pieces, and makes one text of those that its start needs and one of each rare command. `bundle`
 * makes a text of pieces, with the plugins it is given.
 *
 * @returns a map from the name of a file to its text; the program's own is `program`
 */
export async function withRareCommands({ root, entry, program, options, plugins, bundle }) {
  const rare = [...readFileSync(join(root, LIST), "utf8").matchAll(LOADED)].map(([, path]) => ({
    out: fileOf(path),
    in: join(root, dirname(LIST), path),
  }));
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
  const texts = new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
  const needs = importsOf(metafile);
  const ofProgram = reached("program.js", needs);
  const ofRare = new Set(rare.flatMap(({ out }) => [...reached(`${out}.js`, needs)]));
  const shared = [...ofProgram].filter((piece) => ofRare.has(piece));
  const exportsOf = (piece) => metafile.outputs[`dist/pieces/${piece}`].exports;
  // Functions: to make the objects would cost each start 1.5 ms, and most need none.
  const giving = shared.map((piece, at) => {
    const own = exportsOf(piece).map((name) => `${name} as ${name}${at}`);
    const all = exportsOf(piece).map((name) => `${name}: ${name}${at}`);
    return `import { ${own} } from "./${piece}";\nexport const piece${at} = () => ({ ${all} });`;
  });
  // The names in a piece are of one letter: with the pieces of another build, a command would call anything.
  const id = createHash("sha256")
    .update(JSON.stringify([...texts]))
    .digest("hex")
    .slice(0, 16);
  texts.set("given.js", [...giving, `export const build = "${id}";`].join("\n"));
  // In this order: the program calls its command while it is loaded.
  const main = 'export * from "./given.js"; import "./program.js";';
  // Its own name for what it gives: `module` would be that of a file inside the bundle.
  const whole = `const PROGRAM = module;\n${await bundle(main, [pieces(texts)])}`;
  const made = new Map([[program, whole]]);
  // As variables: a module of CommonJS would be copied, export by export, in each file that imports it.
  const taken = shared.map((piece, at) => {
    const own = exportsOf(piece).map((name) => `${name}: ${name}${at}`);
    const all = exportsOf(piece).map((name) => `${name}${at} as ${name}`);
    return [piece, `const { ${own} } = PROGRAM.piece${at}();\nexport { ${all} };`];
  });
  for (const { out } of rare) {
    const text = await bundle(`export * from "./${out}.js";`, [pieces(new Map([...texts, ...taken]))]);
    made.set(`${out}.cjs`, asFunction(text, id, `${program} and ${out}.cjs are of two builds.`));
  }
  return made;
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
