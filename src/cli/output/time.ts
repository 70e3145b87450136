/** Returns a time as a clock on the wall shows it, with the date unless that is today's. */
export function formatTime(iso: string, now: Date): string {
  const then = new Date(iso);
  if (Number.isNaN(then.getTime())) return iso;
  const clock = `${two(then.getHours())}:${two(then.getMinutes())}`;
  return dayOf(then) === dayOf(now) ? clock : `${dayOf(then)} ${clock}`;
}

function dayOf(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function two(count: number): string {
  return String(count).padStart(2, "0");
}
