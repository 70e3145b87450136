const AGES = [
  [60_000, 1000, "s"],
  [3_600_000, 60_000, "min"],
  [172_800_000, 3_600_000, "h"],
] as const;

/** Formats how long ago a time was, in the largest unit that is precise enough. */
export function formatAge(then: string | undefined, now: Date): string {
  const ms = now.getTime() - Date.parse(then ?? "");
  if (Number.isNaN(ms)) return "unknown";
  if (ms < 1000) return "just now";
  for (const [limit, unit, name] of AGES)
    if (ms < limit) return `${Math.max(0, Math.floor(ms / unit))} ${name} ago`;
  return `${Math.floor(ms / 86_400_000)} days ago`;
}
