#!/usr/bin/env node
// Runs a TypeScript program of the source tree: node scripts/run-source.mjs torture/torture.ts names
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundleSources } from "./bundle-sources.mjs";

const [entry, ...args] = process.argv.slice(2);
// With the programs that it starts.
const workers = readdirSync(dirname(entry), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith("-worker.ts"))
  .map((file) => join(dirname(entry), file));
const [bundle] = await bundleSources([entry, ...workers]);
process.setSourceMapsEnabled(true);
process.argv = [process.argv[0], bundle, ...args];
await import(pathToFileURL(bundle).href);
