/**
 * The time as Python's `datetime.isoformat()` prints it in UTC: microseconds, and no fraction at all when it
 * is zero. Mapping files are shared with tools that write it so.
 */
export function pythonTimestamp(time: Date): string {
  const text = time.toISOString();
  const milliseconds = text.slice(20, 23);
  const fraction = milliseconds === "000" ? "" : `.${milliseconds}000`;
  return `${text.slice(0, 19)}${fraction}+00:00`;
}
