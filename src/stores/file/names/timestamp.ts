/**
 * Formats a time as Python's `datetime.isoformat()` does in UTC: with microseconds, and without a fraction
 * when it is zero. The tools that share the mapping files write it in this way.
 */
export function pythonTimestamp(time: Date): string {
  const text = time.toISOString();
  const milliseconds = text.slice(20, 23);
  const fraction = milliseconds === "000" ? "" : `.${milliseconds}000`;
  return `${text.slice(0, 19)}${fraction}+00:00`;
}
