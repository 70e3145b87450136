import type { SeenLogs } from "../system/lines/seen-logs.ts";
import type { OpenShared } from "./shared-line.ts";
import type { Wording } from "./wording.ts";

/** What a command may know of the process around it. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  platform: string;
  uid: number;
  userHome: string | undefined;
  /** The words that start the command line. */
  program?: readonly string[] | undefined;
  /** Whether accepted turns that nobody sees to may be started by the way. Default: true, if there is a `program`. */
  runsWaiting?: boolean;
  /** Whether nothing may be written, and nothing mended: what is there is shown as it is. Default: false. */
  onlyLooks?: boolean;
  /** Default: commands, to be typed in `cwd`. */
  wording?: Wording;
  /** The names of the user's own agents. */
  ownAgents?: readonly string[] | undefined;
  /** What people use this program at, where that is no terminal. */
  usedAt?: string | undefined;
  /** Where mapping files of workspaces are; default: in the temporary folder. */
  viewRoot?: string | undefined;
  /** The URL of a store that machines share, or the path of a file with one. Default: the one that `env` names, if any. */
  store?: string | undefined;
  /** Opens a store that machines share, which is loaded apart; absent for a program that can't. */
  openShared?: OpenShared | undefined;
  /** What was read of journals, in a process that runs many commands. */
  seen?: SeenLogs | undefined;
  notify(message: string): void;
}
