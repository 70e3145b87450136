#!/usr/bin/env node
// Runs a TypeScript program of the source tree: node scripts/run-source.mjs torture/torture.ts names
import { pathToFileURL } from "node:url";
import { bundleSources } from "./bundle-sources.mjs";

const [entry, ...args] = process.argv.slice(2);
const [bundle] = await bundleSources([entry]);
process.setSourceMapsEnabled(true);
process.argv = [process.argv[0], bundle, ...args];
await import(pathToFileURL(bundle).href);
