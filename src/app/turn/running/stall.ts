import { LONGEST_TIMER_MS } from "./deadline.ts";

/** Calls `onSilence` after each `stallMs` of silence. Call `heard` on each output, and `stop` at the end. */
export function watchSilence(
  stallMs: number | undefined,
  onSilence: ((silentMs: number) => void) | undefined,
): { heard: () => void; stop: () => void } {
  if (stallMs === undefined || onSilence === undefined)
    return { heard: () => undefined, stop: () => undefined };
  let lastMs = performance.now();
  const timer = setInterval(() => onSilence(performance.now() - lastMs), Math.min(stallMs, LONGEST_TIMER_MS));
  return {
    heard: () => {
      lastMs = performance.now();
      timer.refresh();
    },
    stop: () => clearInterval(timer),
  };
}
