import type { Part } from "../result.ts";
import { claude } from "./claude.ts";
import { detached } from "./detached.ts";
import { dropIns } from "./drop-ins.ts";
import { hooks } from "./hooks.ts";
import { line } from "./line.ts";
import { names } from "./names.ts";
import { page } from "./page.ts";
import { search } from "./search.ts";
import { settling } from "./settling.ts";
import { start } from "./start.ts";
import { streaming } from "./streaming.ts";
import { turns } from "./turns.ts";
import { warm, warmCodex } from "./warm.ts";

/** In the order in which they run. */
export const parts = {
  start,
  turns,
  detached,
  settling,
  streaming,
  "drop-ins": dropIns,
  hooks,
  claude,
  warm,
  "warm-codex": warmCodex,
  names,
  page,
  search,
  line,
} satisfies Record<string, Part>;

export type PartName = keyof typeof parts;

export const partNames = Object.keys(parts) as PartName[];
