import { LONGEST_TIMER_MS } from "./deadline.ts";

/** What measures how long an agent says nothing. */
export interface Silence {
  /** The agent has said something; until `told`, whoever is told of it may take his time. */
  heard(): void;
  told(): void;
  stop(): void;
}

/** Calls `onSilence` after each `stallMs` of silence of the agent. A reader who has stopped reading is no silence. */
export function watchSilence(
  stallMs: number | undefined,
  onSilence: ((silentMs: number) => void) | undefined,
): Silence {
  if (stallMs === undefined || onSilence === undefined)
    return { heard: () => undefined, told: () => undefined, stop: () => undefined };
  let lastMs = performance.now();
  let isTelling = false;
  const look = () => {
    if (!isTelling) onSilence(performance.now() - lastMs);
  };
  const timer = setInterval(look, Math.min(stallMs, LONGEST_TIMER_MS));
  return {
    heard: () => {
      isTelling = true;
    },
    told: () => {
      isTelling = false;
      lastMs = performance.now();
      timer.refresh();
    },
    stop: () => clearInterval(timer),
  };
}
