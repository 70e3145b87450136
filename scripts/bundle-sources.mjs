// Bundles TypeScript that is run from the source tree, each entry into one file: plain Node starts it in half the
// time that a loader needs, which would transform some hundred files for each process.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
/** The package's own dependencies are found from here, and git knows nothing of it. */
export const BUNDLES = join(root, "node_modules/.cache/sources");

/** Returns the bundle of each entry, a path below the root. What an entry says of its own place is true of its source. */
export async function bundleSources(entries, folder = BUNDLES) {
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
    plugins: [ownPlace],
  });
  return entries.map((entry) => join(folder, entry.replace(/\.ts$/, ".mjs")));
}

const ownPlace = {
  name: "own-place",
  setup(build) {
    build.onLoad({ filter: /\/(?:test|torture|bench|demo|compare)\/.*\.ts$/ }, ({ path }) => {
      const contents = readFileSync(path, "utf8")
        .replaceAll("import.meta.dirname", JSON.stringify(dirname(path)))
        .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href));
      return { contents, loader: "ts" };
    });
  },
};
