import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The files of the page, by their path: all that is served without a token. */
const FILES: Record<string, { file: string; type: string }> = {
  "/": { file: "index.html", type: "text/html; charset=utf-8" },
  "/page.js": { file: "page.js", type: "text/javascript; charset=utf-8" },
  "/page.css": { file: "page.css", type: "text/css; charset=utf-8" },
};

export type Assets = ReadonlyMap<string, { bytes: Buffer; type: string }>;

/** Reads them once: no path of a request ever leads to a file. */
export function readAssets(folder: string): Assets {
  return new Map(
    Object.entries(FILES).map(([path, { file, type }]) => [
      path,
      { bytes: readFileSync(join(folder, file)), type },
    ]),
  );
}
