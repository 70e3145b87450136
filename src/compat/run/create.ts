import { create } from "../../app/ask/create.ts";
import { beginHere } from "../../app/ask/first-turn.ts";
import type { TurnResult } from "../../app/turn/ending/result.ts";
import type { NameEntry, NameScope } from "../../domain/names/name.ts";
import { pythonTimestamp } from "../../stores/file/names/mapping-format.ts";
import type { Prepared } from "../draft.ts";
import { dumps, strip } from "../python/text.ts";
import { ScriptFailure } from "./failure.ts";
import type { Script } from "./invocation.ts";
import { prepare, readRole } from "./prepare.ts";
import { attemptTurn, failureOfTurn } from "./turn.ts";

/** `create-session` */
export async function createSession(script: Script): Promise<void> {
  const name = script.trimmed("session_name");
  if (name === undefined)
    throw new ScriptFailure("ValueError", "Missing session name: provide --session-name.");
  const prepared = prepare(script);
  const role = readRole(script);
  const scope = script.scope();
  const fakeId = script.text("fake_id");
  const entry =
    fakeId !== undefined && fakeId !== ""
      ? await keepFake(script, scope, name, fakeId, prepared)
      : await createReal(script, scope, name, role, prepared);
  print(script, scope, entry);
}

/** Saves the given id under the name, without starting the agent. */
async function keepFake(
  script: Script,
  scope: NameScope,
  name: string,
  sessionId: string,
  prepared: Prepared,
): Promise<NameEntry> {
  const now = script.context.now();
  const entry: NameEntry = {
    name,
    sessionId,
    createdAt: pythonTimestamp(now),
    ...(prepared.model === undefined ? {} : { lastModel: prepared.model }),
    ...(prepared.effort === undefined ? {} : { lastEffort: prepared.effort }),
  };
  await script.context.store.update(scope, (names) => {
    const replaced = names.entries.get(name);
    const budget = replaced?.budget;
    const kept = budget === undefined ? entry : { ...entry, budget };
    return [{ op: "set", entry: kept, reason: replaced === undefined ? "create" : "replace" }];
  });
  return entry;
}

async function createReal(
  script: Script,
  scope: NameScope,
  name: string,
  role: string | undefined,
  prepared: Prepared,
): Promise<NameEntry> {
  const turn = await runCreate(script, scope, name, role, prepared);
  const { sessionId } = turn;
  const entry = (await script.context.store.list(scope)).entries.get(name);
  if (sessionId === undefined || entry?.sessionId !== sessionId) {
    throw new ScriptFailure(
      "RuntimeError",
      `The name ${JSON.stringify(name)} was moved while it was created.`,
    );
  }
  return entry;
}

async function runCreate(
  script: Script,
  scope: NameScope,
  name: string,
  role: string | undefined,
  prepared: Prepared,
): Promise<TurnResult> {
  const { tool } = script;
  const { model, effort } = prepared;
  const prompt = script.text("init_prompt") || defaultPrompt(script, name);
  // Codex has no option for a role, so the role goes before the prompt.
  const promptRole = tool === "codex" && role !== undefined && strip(role) !== "" ? strip(role) : undefined;
  const roleText = tool === "claude" && role !== "" ? role : promptRole;
  const options = { stage: "create", prompt, effort, promptRole } as const;
  const { turn } = await attemptTurn(script, prepared, options, async (attempt) => {
    const { context, launcher, deadlineAt, listener } = attempt;
    const { workspace } = scope;
    const ifExists = "replace";
    const asked = { name, scope, agent: tool, workspace, prompt, roleText, ifExists, model, effort } as const;
    const created = await create(context, { ...asked, launcher, deadlineAt }, beginHere(listener));
    if (created.created) return created;
    throw new Error("a replacement is never kept");
  });
  if (turn.failure !== undefined) throw failureOfTurn(script, turn);
  return turn;
}

function defaultPrompt(script: Script, name: string): string {
  return script.tool === "claude"
    ? `Initialize a new session named '${name}'. Reply only: OK`
    : `Initialize a new persistent Codex session named '${name}'. Reply exactly: OK`;
}

function print(script: Script, scope: NameScope, entry: NameEntry): void {
  const { tool, idKey, io } = script;
  const wantsMapping = script.has("print_mapping_json");
  if (script.has("print_id") || !wantsMapping) io.out(`${entry.sessionId}\n`);
  if (!wantsMapping) return;
  io.out(
    `${dumps({
      alias: entry.name,
      [idKey]: entry.sessionId,
      workspace_dir: scope.workspace,
      created_at: entry.createdAt ?? null,
      last_model: entry.lastModel ?? null,
      ...(tool === "claude" ? { last_reasoning_effort: entry.lastEffort ?? null } : {}),
      mapping_file: script.shownPath(scope),
      mapping_file_written: isShown(script, scope, entry),
    })}\n`,
  );
}

/**
 * Whether the mapping file has the name. The file may be unwritable; the name itself is saved in any case.
 */
function isShown(script: Script, scope: NameScope, entry: NameEntry): boolean {
  const view = script.view(scope).read();
  return view.kind === "ok" && view.mapping.entries.get(entry.name)?.sessionId === entry.sessionId;
}
