// Node's own modules in a CommonJS bundle.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const IMPORT = /^import \{([^}]+)\} from "(node:[a-z_/]+)";$/gm;

/**
 * An esbuild plugin that takes what the sources import from Node's modules out of them once, as names of the bundle.
 * By itself esbuild asks for the module anew in each file, and for the function in each call. Packages import in other
 * forms too, and are left to it.
 */
export function builtinsOnce(sources) {
  const names = namesImported(sources);
  return {
    name: "builtins-once",
    setup(build) {
      build.onResolve({ filter: /^node:/ }, ({ path, kind, importer }) =>
        kind === "import-statement" && importer.startsWith(sources)
          ? { path, namespace: "builtin" }
          : { path, external: true },
      );
      build.onLoad({ filter: /./, namespace: "builtin" }, ({ path }) => ({
        contents: `export const { ${[...names.get(path)].join(", ")} } = require("${path}");`,
      }));
    },
  };
}

function namesImported(folder) {
  const names = new Map();
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".ts")) continue;
    for (const [, imported, path] of readFileSync(join(folder, file), "utf8").matchAll(IMPORT)) {
      const known = names.get(path) ?? new Set();
      names.set(path, known);
      for (const name of imported.split(",").map((part) => part.trim()))
        if (name !== "" && !name.startsWith("type ")) known.add(name.split(" as ")[0]);
    }
  }
  return names;
}
