/**
 * When a turn was asked for: by the wall clock, and by its place among all requests on this machine since its
 * boot.
 */
export interface Asked {
  startedAt: string;
  /** Absent in records of 0.1. */
  arrival?: string | undefined;
  /** The boot in which `arrival` is valid. */
  boot?: string | undefined;
}

/**
 * Orders turns as they were asked for, oldest first. The wall clock may have been set meanwhile: it decides
 * only between turns of different boots that are both over, and where nothing else is known.
 */
export function byAsking(thisBoot: string): (left: Asked, right: Asked) => number {
  const place = (turn: Asked) => (turn.arrival === undefined ? undefined : turn.boot);
  return (left, right) => {
    const [leftBoot, rightBoot] = [place(left), place(right)];
    if (leftBoot === undefined || rightBoot === undefined) return compare(left.startedAt, right.startedAt);
    if (leftBoot === rightBoot) return compare(left.arrival ?? "", right.arrival ?? "");
    if (leftBoot === thisBoot) return 1;
    if (rightBoot === thisBoot) return -1;
    return compare(left.startedAt, right.startedAt);
  };
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
