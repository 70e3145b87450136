// Bundles TypeScript that is run from the source tree, each entry into one file: plain Node starts it in half the
// time that a loader needs, which would transform some hundred files for each process.
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
/** The package's own dependencies are found from here, and git knows nothing of it. */
export const BUNDLES = join(root, "node_modules/.cache/sources");

/**
 * Returns the bundle of each entry, a path below the root. What an entry says of its own place is true of its source. With
 * `isOverStore`, tests skip what test/support/store-run excepts.
 */
export async function bundleSources(entries, folder = BUNDLES, { isOverStore = false } = {}) {
  await build({
    absWorkingDir: root,
    entryPoints: entries,
    outdir: folder,
    outbase: root,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "esm",
    packages: "external",
    sourcemap: "linked",
    logLevel: "warning",
    define: { __SOURCE_BUNDLES__: JSON.stringify(folder) },
    plugins: [asTheSource(isOverStore)],
  });
  return entries.map((entry) => join(folder, entry.replace(/\.ts$/, ".mjs")));
}

const asTheSource = (isOverStore) => ({
  name: "as-the-source",
  setup(build) {
    build.onLoad({ filter: /\/(?:test|torture|bench|demo|compare)\/.*\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      const contents = (isOverStore && path.endsWith(".test.ts") ? withExceptions(source, path) : source)
        .replaceAll("import.meta.dirname", JSON.stringify(dirname(path)))
        .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href));
      return { contents, loader: "ts" };
    });
  },
});

/** Puts a `test` that knows the exceptions into the place of Node's own. */
function withExceptions(source, path) {
  const ours = JSON.stringify(join(root, "test/support/store-run/in-store-run.ts"));
  const file = JSON.stringify(relative(root, path));
  return source.replace(
    /^import test(, \{[^}]*\})? from "node:test";$/m,
    (_, others = "") =>
      `import nodesTest${others} from "node:test"; import { inStoreRun } from ${ours}; const test = inStoreRun(nodesTest, ${file});`,
  );
}
