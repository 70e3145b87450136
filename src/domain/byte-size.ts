const UNITS: Record<string, number> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };
const SIZE = /^(\d+)(B|kB|MB|GB|TB)$/;

/**
 * Returns the bytes that a text such as `4096B`, `512kB`, `10MB` or `1GB` stands for, or undefined when it is
 * no size. A number without a unit is no size: its meaning would be unclear.
 */
export function parseByteSize(text: string): number | undefined {
  const [, count, unit = ""] = SIZE.exec(text) ?? [];
  const bytes = Number(count) * (UNITS[unit] ?? Number.NaN);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
