// The commands that few lines need, as files of their own beside the program, which use what the program has already.
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
    out: `command-${basename(path, ".ts")}`,
    in: join(root, dirname(LIST), path),
  }));
  const { outputFiles, metafile } = await build({
    ...options,
    plugins,
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
  const needs = new Map(
    Object.entries(metafile.outputs).map(([path, { imports }]) => [
      basename(path),
      imports
        .filter(({ kind, external }) => kind === "import-statement" && !external)
        .map(({ path }) => basename(path)),
    ]),
  );
  const ofProgram = reached("program.js", needs);
  const ofRare = new Set(rare.flatMap(({ out }) => [...reached(`${out}.js`, needs)]));
  const shared = [...ofProgram].filter((piece) => ofRare.has(piece));
  // Functions: to make the objects would cost each start 1.5 ms, and most need none.
  const giving = shared.map((piece, at) => {
    const { exports } = metafile.outputs[`dist/pieces/${piece}`];
    const own = exports.map((name) => `${name} as ${name}${at}`);
    const all = exports.map((name) => `${name}: ${name}${at}`);
    return `import { ${own} } from "./${piece}";\nexport const piece${at} = () => ({ ${all} });`;
  });
  const main = [...giving, 'import "./program.js";'].join("\n");
  const made = new Map([[program, await bundle(main, [pieces(texts)])]]);
  const given = new Map(
    shared.map((piece, at) => [piece, `module.exports = require("./${program}").piece${at}();`]),
  );
  for (const { out } of rare)
    made.set(
      `${out}.cjs`,
      await bundle(`export * from "./${out}.js";`, [pieces(new Map([...texts, ...given]))]),
    );
  return made;
}

/** An esbuild plugin that puts the rare commands into the program itself, as if they were loaded with it. */
export function carryRareCommands(root) {
  return {
    name: "carry-rare-commands",
    setup(build) {
      build.onLoad({ filter: /rare\.ts$/ }, ({ path }) => {
        if (relative(root, path) !== LIST) return undefined;
        let imports = "";
        const contents = readFileSync(path, "utf8").replaceAll(LOADED, (_, from) => {
          const name = `command${imports.length}`;
          imports += `import * as ${name} from "${from}";\n`;
          return name;
        });
        return { contents: imports + contents, loader: "ts" };
      });
    },
  };
}

function reached(piece, needs, seen = new Set()) {
  if (seen.has(piece)) return seen;
  seen.add(piece);
  for (const next of needs.get(piece) ?? []) reached(next, needs, seen);
  return seen;
}

/** An esbuild plugin that reads pieces from memory. What a piece loads later stays outside. */
function pieces(texts) {
  return {
    name: "pieces",
    setup(build) {
      build.onResolve({ filter: /^\.\// }, ({ path, kind }) => {
        const name = basename(path);
        if (kind === "dynamic-import") return { path: path.replace(/\.js$/, ".cjs"), external: true };
        return texts.has(name) ? { path: name, namespace: "piece" } : { path, external: true };
      });
      build.onLoad({ filter: /./, namespace: "piece" }, ({ path }) => ({
        contents: texts.get(path),
        loader: "js",
      }));
    },
  };
}
