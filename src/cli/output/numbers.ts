import type { Usage } from "../../domain/turn/usage.ts";

export { formatAge } from "../../domain/age.ts";

export function formatTokens(count: number): string {
  if (count < 10_000) return String(count);
  return count < 1_000_000 ? `${Math.round(count / 1000)}k` : `${(count / 1_000_000).toFixed(1)}M`;
}

export function formatUsage(usage: Usage): string {
  const parts = [`${formatTokens(usage.inputTokens)} in`, `${formatTokens(usage.outputTokens)} out`];
  const cached = usage.cacheReadTokens + usage.cacheWriteTokens;
  if (cached > 0) parts.push(`${formatTokens(cached)} cached`);
  const dollars = usage.costUsd === undefined ? "" : `, $${usage.costUsd.toFixed(usage.costUsd < 1 ? 4 : 2)}`;
  return `${parts.join(" · ")} tokens${dollars}`;
}

export function formatDuration(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1000)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Returns an elapsed time as a clock shows it: `0:07`, `12:40`, `1:02:03`. */
export function formatElapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (count: number) => String(count).padStart(2, "0");
  return `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
}

const SIZES = [
  [1e9, "GB"],
  [1e6, "MB"],
  [1e3, "kB"],
] as const;

export function formatBytes(bytes: number): string {
  const [unit, name] = SIZES.find(([least]) => bytes >= least) ?? [1, "bytes"];
  return `${unit === 1 ? bytes : (bytes / unit).toFixed(1)} ${name}`;
}
