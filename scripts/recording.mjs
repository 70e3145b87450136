// Draws docs/recording.jsonl, which `npm run record` writes, as the picture that the README shows.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundleSources } from "./bundle-sources.mjs";

/** Returns docs/recording.svg: the same recording makes the same bytes. */
export async function drawRecording(root) {
  const [drawer] = await bundleSources(["demo/recording/svg.ts"]);
  const { svgOf } = await import(pathToFileURL(drawer).href);
  return svgOf(readFileSync(join(root, "docs/recording.jsonl"), "utf8"));
}
