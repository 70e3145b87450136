import type { Agent } from "../../domain/agent/agent.ts";
import { listFolder, modifiedMs } from "../../system/files/folder.ts";
import { fileState } from "../../system/files/keep.ts";
import { readConversation } from "../conversation/conversation.ts";
import { copyOf, findTranscript } from "../conversation/transcript.ts";
import { gc } from "../gc/gc.ts";
import type { ExaminedState, NamedSession } from "./examined.ts";
import { type Finding, foundOr, mostOf, ok, problemOf, warning } from "./finding.ts";

const DAY_MS = 86_400_000;
/** How long before the agent's cleanup people are warned. */
const NOTICE_DAYS = 7;

/** Checks that every name has a conversation that will still be there next week. */
export async function checkConversations(state: ExaminedState): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const named of state.named()) {
    try {
      const finding = await checkConversation(state, named);
      if (finding !== undefined) findings.push(finding);
    } catch (error) {
      findings.push(problemOf(error));
    }
  }
  return foundOr(findings, "Every name has its conversation.");
}

async function checkConversation(state: ExaminedState, named: NamedSession): Promise<Finding | undefined> {
  const { context } = state;
  const { scope, entry } = named;
  const agent = context.findAgent(scope.agent);
  const key = { agent: agent.name, sessionId: entry.sessionId };
  const conversation = await readConversation(context, key);
  const last = conversation.known.transcript;
  const path = findTranscript(conversation);
  const label = `${JSON.stringify(entry.name)} in ${scope.workspace}`;
  const { step } = context.wording;
  const about = { name: entry.name, workspace: scope.workspace };
  if (path === undefined) {
    if (agent.transcript === undefined) return undefined;
    if (last !== undefined && fileState(copyOf(conversation, last.path))) return undefined;
    return warning(
      `${label}: ${agent.title} has no conversation ${entry.sessionId}, and agent-sessions has no copy.`,
      `What was said is in: ${step("history", about)}   Start over with: ${step("create", { ...about, agent: agent.name, ifExists: "replace" })}`,
    );
  }
  if (hasCopy(state, key)) return undefined;
  const leftDays = daysLeft(agent, path, context.now());
  if (leftDays === undefined || leftDays > NOTICE_DAYS) return undefined;
  return warning(
    `${label}: ${agent.title} deletes its transcript ${leftDays <= 0 ? "any day now" : `in about ${Math.ceil(leftDays)} days`}, and agent-sessions has no copy.`,
    `A turn makes one: ${step("send", about)}`,
  );
}

function hasCopy({ context }: ExaminedState, key: { agent: string; sessionId: string }): boolean {
  return listFolder(context.home.transcriptFolder(key)).some((name) => name.endsWith(".jsonl"));
}

/** Returns how many days the agent still keeps an unchanged file; undefined if it keeps all. */
function daysLeft(agent: Agent, path: string, now: Date): number | undefined {
  const changedMs = modifiedMs(path);
  if (agent.keepsTranscriptsDays === undefined || changedMs === undefined) return undefined;
  return agent.keepsTranscriptsDays - (now.getTime() - changedMs) / DAY_MS;
}

/** Reports what the next gc would remove, and what it could not judge. */
export function checkLitter({ context }: ExaminedState): Finding[] {
  const { turns, litter, sessions, skipped } = gc(context, { dryRun: true });
  const unclear = skipped.map(({ path, why }) => warning(`${path} is never deleted. ${why}`));
  const count = turns + litter + sessions.length;
  if (count === 0) return foundOr(unclear, "There are no leftovers.");
  return [
    ok(
      `${count} ended turns, leftovers and conversations without a name are old enough to be deleted.`,
      context.wording.step("gc"),
    ),
    ...mostOf(unclear),
  ];
}
