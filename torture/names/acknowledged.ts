/** One name that came to point at something else; null is nothing. */
export interface Transition {
  name: string;
  from: string | null;
  to: string | null;
}

/** An operation that was acknowledged, with what its process knows of it. */
export interface Acknowledged {
  what: string;
  transitions: Transition[];
  /** Nanoseconds of the machine's monotonic clock, the same for all processes, as decimal digits. */
  startedNs: string;
  endedNs: string;
}

/** What one process did to the names. */
export interface WorkerReport {
  acknowledged: Acknowledged[];
  /** Operations that were refused for a good reason, such as a name that exists. */
  refused: number;
  /** How often it used a name, as a turn does. */
  uses: number;
  /** What the process saw that can't be: a name of its own that is not what it made of it. */
  losses: string[];
}

/** How many names each process has for itself, and how many all of them contend for. */
export const NAMES_OF_A_PROCESS = 4;
export const SHARED_NAMES = 3;

/** What a process says right before it stops. */
export const STOPPED = "stopped\n";
