import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
};

const FIRST = "index.html";

export type Assets = ReadonlyMap<string, { bytes: Buffer; type: string }>;

/**
 * Reads the files of the page, by their path on the server: all that is served without a token. They are read once: no path of a
 * request ever leads to a file.
 */
export function readAssets(folder: string): Assets {
  return new Map(
    readdirSync(folder).flatMap((file) => {
      const type = TYPES[extname(file)];
      if (type === undefined) return [];
      return [[file === FIRST ? "/" : `/${file}`, { bytes: readFileSync(join(folder, file)), type }]];
    }),
  );
}
