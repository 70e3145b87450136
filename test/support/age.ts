import { lstatSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const DAY_MS = 86_400_000;
const MOMENT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;

/** Makes files and folders at and below `path` look as if they were last changed `days` ago. */
export function makeOld(path: string, days: number): void {
  if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) makeOld(join(path, name), days);
  const then = new Date(Date.now() - days * DAY_MS);
  utimesSync(path, then, then);
}

/** Moves a whole state home into the past, with the moments that its logs speak of. */
export function makeStateOld(home: string, days: number): void {
  for (const path of readdirSync(home, { recursive: true, encoding: "utf8" })) {
    if (!/(\.jsonl|record\.json)$/.test(path) || path.includes("transcript")) continue;
    const text = readFileSync(join(home, path), "utf8");
    const earlier = (moment: string) => new Date(Date.parse(moment) - days * DAY_MS).toISOString();
    writeFileSync(join(home, path), text.replace(MOMENT, earlier));
  }
  makeOld(home, days);
  // Or the next command would collect garbage of its own accord.
  makeOld(join(home, "gc.stamp"), 0);
}
