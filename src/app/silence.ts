/** Watches for silences of `stallMs`. Call `heard` at each sign of life, and `stop` at the end. */
export function watchSilence(
  stallMs: number | undefined,
  onSilence: ((silentMs: number) => void) | undefined,
): { heard: () => void; stop: () => void } {
  if (stallMs === undefined || onSilence === undefined)
    return { heard: () => undefined, stop: () => undefined };
  let lastMs = performance.now();
  const timer = setInterval(() => onSilence(performance.now() - lastMs), Math.max(1, stallMs));
  return {
    heard: () => {
      lastMs = performance.now();
      timer.refresh();
    },
    stop: () => clearInterval(timer),
  };
}
