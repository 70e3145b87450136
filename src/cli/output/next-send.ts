import type { NextSend } from "../../app/tell/next-send.ts";
import { formatTokens } from "./numbers.ts";

/** Says what the next send reads, on one line; undefined where nothing is known of it. */
export function describeNextSend({
  cache,
  coldTokens,
  isAtMost,
  coldUsd,
  warmUsd,
}: NextSend): string | undefined {
  if (coldTokens === undefined) return undefined;
  const tokens = `${isAtMost ? "at most" : "about"} ${formatTokens(coldTokens)} tokens`;
  const cold = coldUsd === undefined ? "" : `, about ${formatDollars(coldUsd)}`;
  const warm = warmUsd === undefined ? "" : `, about ${formatDollars(warmUsd)}`;
  switch (cache) {
    case "warm":
      return `cache likely warm: reads ${tokens} from it${warm}; without it${cold || ", more"} (estimate)`;
    case "cold":
      return `cache likely cold: reads ${tokens} again${cold} (estimate)`;
    case "unknown":
      return `cache unknown: without one, reads ${tokens} again${cold} (estimate)`;
  }
}

function formatDollars(dollars: number): string {
  return `$${dollars.toFixed(dollars < 1 ? 4 : 2)}`;
}
