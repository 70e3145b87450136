import type { Activity, Usage } from "../types.ts";
import { plain } from "./plain.ts";

const UNITS: readonly [ms: number, word: string][] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
];

/** Returns how long ago something was, such as `3 min`. */
export function ageOf(at: string | null, nowMs: number): string {
  if (at === null) return "";
  const ms = nowMs - Date.parse(at);
  for (const [unitMs, word] of UNITS) if (ms >= unitMs) return `${Math.floor(ms / unitMs)} ${word}`;
  return `${Math.max(1, Math.floor(ms / 1000))} s`;
}

/** Returns the same as a person says it, such as `3 min ago`; empty where it was never. */
export function agoOf(at: string | null, nowMs: number): string {
  const age = ageOf(at, nowMs);
  return age === "" ? "" : `${age} ago`;
}

/** Returns a moment as a person writes it. */
export function momentOf(at: string): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

export function tokensOf(count: number): string {
  if (count < 1000) return String(count);
  if (count < 1_000_000) return `${(count / 1000).toFixed(count < 10_000 ? 1 : 0)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}

export function dollarsOf(usd: number): string {
  return `$${usd.toFixed(usd < 1 ? 4 : 2)}`;
}

/** Returns tokens and dollars in words; what nobody knows is said to be unknown. */
export function usageOf(usage: Usage | null | undefined): string {
  if (usage === null || usage === undefined) return "usage unknown";
  const tokens = `${tokensOf(usage.input_tokens)} tokens in, ${tokensOf(usage.output_tokens)} out`;
  return usage.cost_usd === null ? tokens : `${tokens}, ${dollarsOf(usage.cost_usd)}`;
}

export function bytesOf(bytes: number): string {
  return bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB`;
}

export function doingOf(doing: Activity | null): string {
  if (doing === null) return "";
  if (doing.tools === undefined) return plain(doing.what);
  return plain(
    doing.about === undefined ? doing.tools.join(", ") : `${doing.tools.join(", ")}: ${doing.about}`,
  );
}

export function durationOf(from: string, to: string): string {
  const seconds = (Date.parse(to) - Date.parse(from)) / 1000;
  if (seconds < 0.1) return "under 0.1 s";
  return seconds < 60
    ? `${seconds.toFixed(1)} s`
    : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** Returns the last two folders of a path: what people know it by. */
export function shortPath(path: string): string {
  const parts = path.split("/").filter((part) => part !== "");
  return plain(parts.length <= 2 ? path : `\u2026/${parts.slice(-2).join("/")}`);
}
