const UNITS_MS = [86_400_000, 3_600_000, 60_000, 1000, 1];
/** From days down to milliseconds, each at most once: `1h30m` reads as it is meant, `30m1h` may be a slip. */
const DURATION = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/;

/**
 * The milliseconds that a text such as `500ms`, `90s`, `10m`, `2h`, `7d` or `1h30m` stands for, or undefined
 * when it is no duration. A number without a unit is none: nobody could tell what it counts.
 */
export function parseDuration(text: string): number | undefined {
  const match = text === "" ? null : DURATION.exec(text);
  if (match === null) return undefined;
  const ms = UNITS_MS.reduce((sum, unitMs, index) => sum + Number(match[index + 1] ?? 0) * unitMs, 0);
  return Number.isSafeInteger(ms) ? ms : undefined;
}
