import { agents } from "../../agents/index.ts";
import type { Agent } from "../../domain/agent/agent.ts";
import { otherHomes } from "../../stores/file/home.ts";
import { withoutStore } from "../../stores/store-address.ts";
import { findTempRoot } from "../../system/places/temp.ts";
import type { Context } from "../context.ts";
import type { Surroundings } from "../surroundings.ts";
import { asCommands } from "../wording.ts";
import { checkConversations, checkLitter } from "./conversations.ts";
import { ExaminedState } from "./examined.ts";
import { type Finding, problemOf } from "./finding.ts";
import { checkAgents, checkNode, checkSignIn } from "./machine.ts";
import { checkMcp } from "./mcp.ts";
import { checkMappingFiles, checkNameLogs, checkRecords, checkWorkspaces } from "./names.ts";
import { checkClock, checkPlace, checkSpace } from "./place.ts";
import { checkPrivacy, checkSharedFolder } from "./privacy.ts";
import { checkSettings } from "./settings.ts";
import { checkStore } from "./store.ts";
import { checkLocks, checkTurns } from "./turns.ts";

export interface DoctorRequest {
  around: Surroundings;
  nodeVersion: string;
  openContext(around: Surroundings): Context;
  /** Repairs the modes of our own files and deletes half-written temporary files. */
  isFixing: boolean;
}

/** A finding, with the check that found it. */
export interface Checked extends Finding {
  /** The name of the check. */
  check: string;
}

/** Checks of the machine: they need no state home. */
const MACHINE = {
  node: ({ nodeVersion }, _) => checkNode(nodeVersion),
  agents: (request, known) => checkAgents(request.around, known, contextIfAny(request)),
  sign_in: ({ around }, known) => checkSignIn(around, known),
  settings: ({ around, openContext }, _) =>
    checkSettings(around, () => openContext({ ...around, notify: () => undefined }).home),
  mcp: ({ around }, known) => checkMcp(around, known),
} satisfies Record<
  string,
  (request: DoctorRequest, known: readonly Agent[]) => Finding[] | Promise<Finding[]>
>;

/**
 * Checks of our own files, in this order: what an earlier check repairs or settles is not reported by a later
 * one.
 */
const STATE = {
  state_home: checkPlace,
  space: checkSpace,
  privacy: checkPrivacy,
  shared_folder: checkSharedFolder,
  turns: checkTurns,
  locks: checkLocks,
  names: checkNameLogs,
  mapping_files: checkMappingFiles,
  workspaces: checkWorkspaces,
  records: checkRecords,
  conversations: checkConversations,
  litter: checkLitter,
  clock: checkClock,
} satisfies Record<string, (state: ExaminedState) => Finding[] | Promise<Finding[]>>;

/**
 * Runs all checks and says how to repair what they find. Never starts a turn, and reads no credentials; the only network
 * that it uses is that to a store that is set. What can't be checked is reported as a problem.
 */
export async function examine(given: DoctorRequest): Promise<Checked[]> {
  // All else is about this machine, whose files stay where they are while a store is set.
  const request = { ...given, around: { ...given.around, env: withoutStore(given.around.env) } };
  const { around, isFixing } = request;
  const checked: Checked[] = [];
  const known = Object.values(agents);
  for (const [check, look] of Object.entries(MACHINE)) {
    try {
      add(checked, check, await look(request, known));
    } catch (error) {
      add(checked, check, [problemOf(error)]);
    }
  }
  add(checked, "store", await checkStore(given.around, given.nodeVersion));
  let state: ExaminedState;
  try {
    const tempRoot = findTempRoot(around.env, around.cwd);
    const others = (own: string) => otherHomes({ ...around, tempRoot }, own);
    const wording = around.wording ?? asCommands();
    state = new ExaminedState(
      request.openContext({ ...around, wording }),
      around.uid,
      around.platform,
      isFixing,
      others,
    );
  } catch (error) {
    add(checked, "state_home", [problemOf(error)]);
    return checked;
  }
  for (const [check, look] of Object.entries(STATE)) {
    try {
      add(checked, check, await look(state));
    } catch (error) {
      add(checked, check, [problemOf(error)]);
    }
  }
  return checked;
}

/** Returns no context where there can be none: why not is a finding of the check of the state home. */
function contextIfAny({ around, openContext }: DoctorRequest): Context | undefined {
  try {
    return openContext({ ...around, notify: () => undefined });
  } catch {
    return undefined;
  }
}

function add(checked: Checked[], check: string, findings: readonly Finding[]): void {
  checked.push(...findings.map((finding) => ({ check, ...finding })));
}
