// Node's own modules in a CommonJS bundle.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const IMPORT = /^import \{([^}]+)\} from "(node:[a-z_/]+)";$/gm;
/** The modules that Node loads in 0.5 to 3 ms each (20.20), and of which many commands call nothing. */
const LAZY = ["node:child_process", "node:crypto", "node:tty"];
const require = createRequire(import.meta.url);

/**
 * An esbuild plugin that takes what the sources import from Node's modules out of them once, as names of the bundle.
 * By itself esbuild asks for the module anew in each file, and for the function in each call. A module that takes long to load
 * is loaded by the first call of one of its functions. A package has its own form of import, and is left to it; where
 * it asks for such a module with `require`, it gets an object that loads the module when a property is read.
 */
export function builtinsOnce(sources) {
  const names = namesImported(sources);
  return {
    name: "builtins-once",
    setup(build) {
      build.onResolve({ filter: /^node:/ }, ({ path, kind, importer, namespace }) => {
        // Another plugin's text, or one from below.
        if (namespace !== "file") return { path, external: true };
        if (importer.startsWith(sources) && kind === "import-statement")
          return { path, namespace: "builtin" };
        if (LAZY.includes(path) && kind === "require-call") return { path, namespace: "builtin-of-package" };
        return { path, external: true };
      });
      build.onLoad({ filter: /./, namespace: "builtin" }, ({ path }) => ({
        contents: (LAZY.includes(path) ? atFirstCall : atOnce)(path, [...names.get(path)]),
      }));
      build.onLoad({ filter: /./, namespace: "builtin-of-package" }, ({ path }) => ({
        contents: whenRead(path, Object.keys(require(path))),
      }));
    },
  };
}

function atOnce(path, names) {
  return `export const { ${names.join(", ")} } = require("${path}");`;
}

function atFirstCall(path, names) {
  // `instanceof` would ask for the function here, not for the class.
  const other = names.find((name) => typeof require(path)[name] !== "function" || /^[A-Z]/.test(name));
  if (other !== undefined)
    throw new Error(`${other} of ${path} can't be loaded by a call: it is no function.`);
  const functions = names.map((name) => `export const ${name} = (...given) => all().${name}(...given);`);
  return [`let loaded; const all = () => (loaded ??= require("${path}"));`, ...functions].join("\n");
}

function whenRead(path, names) {
  const properties = names.map((name) => `get ${name}() { return require("${path}").${name}; }`);
  return `module.exports = { ${properties.join(", ")} };`;
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
