/** The longest duration that people may give. It has a limit because a `Date` has one. */
export const LONGEST_MS = 3650 * 86_400_000;

const UNITS_MS = [86_400_000, 3_600_000, 60_000, 1000, 1];
/** From days down to milliseconds, each at most once: `1h30m` is clear, `30m1h` may be a mistake. */
const DURATION = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/;

/**
 * Returns the milliseconds that a text such as `500ms`, `90s`, `10m`, `2h`, `7d` or `1h30m` stands for, or
 * undefined when it is no duration. A number without a unit is no duration: its meaning would be unclear.
 */
export function parseDuration(text: string): number | undefined {
  const match = text === "" ? null : DURATION.exec(text);
  if (match === null) return undefined;
  const ms = UNITS_MS.reduce((sum, unitMs, index) => sum + Number(match[index + 1] ?? 0) * unitMs, 0);
  return Number.isSafeInteger(ms) ? ms : undefined;
}
