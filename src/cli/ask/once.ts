import { create } from "../../app/ask/create.ts";
import { once } from "../../app/ask/once.ts";
import { resumeId } from "../../app/ask/resume.ts";
import { AppError } from "../../domain/errors.ts";
import { quoteWord } from "../../domain/words.ts";
import { type BudgetFlags, withBudget } from "../budget.ts";
import { defineCommand } from "../command.ts";
import {
  anyAgent,
  placeFlags,
  refuseOutputs,
  refuseTogether,
  type TurnFlags,
  turnOptions,
  withFolder,
  withTurn,
} from "../options.ts";
import { placeOf, workspaceOf } from "../place.ts";
import { type Delivered, TurnOutput } from "../turn/output.ts";
import { type KeepWarmFlags, keepWarmOf, withKeepWarm } from "./keep-warm.ts";
import { readPrompt, readTextFile } from "./prompt.ts";
import { type BusyFlags, refuseBothBudgets, withBusy } from "./send-command.ts";

interface OnceFlags extends TurnFlags, BusyFlags, KeepWarmFlags, BudgetFlags {
  role?: string;
  keep?: string;
  resumable?: boolean;
  resume?: string;
}

/** To which turns the model, the effort and the wrapper apply. */
const KEEP_WARM =
  "with --keep: keep the agent's process for this long after the turn, so that the next turn begins sooner";
const WHEN = "in this turn (with --keep: also in later turns of the name)";

export const onceCommand = defineCommand({
  name: "once",
  args: [
    [
      "[prompt]",
      "the prompt; - reads it from standard input; at a terminal, without a prompt, your editor opens",
    ],
  ],
  summary: "ask one question, and keep no conversation",
  description:
    "Runs one turn without a name. Neither the agent nor agent-sessions keeps the conversation, except with --keep or --resumable, or if the agent always keeps it (see: agent-sessions agents). The usage of the turn counts in agent-sessions cost.",
  examples: [
    'agent-sessions once "Which of these files is unused?"',
    "git diff | agent-sessions once --access read-only --json -",
    'agent-sessions once --agent codex --schema verdict.schema.json "Is README.md true?"',
    'agent-sessions once --keep audit "Audit src/." && agent-sessions send audit "And the tests?"',
  ],
  needsConfig: true,
  options(command, io) {
    withBudget(
      withKeepWarm(withBusy(withTurn(withFolder(command, anyAgent(io)), WHEN)), KEEP_WARM),
      "with --keep: ",
    )
      .option("-r, --role <file>", "a text file with the agent's role")
      .option("--keep <name>", "keep the conversation under this name, as create does")
      .option(
        "--resumable",
        "keep the conversation without a name; continue it with --resume and the session_id of the result",
      )
      .option("--resume <id>", "continue the agent's conversation with this id, or whose id begins so");
  },
  async run(io, argument: string | undefined, flags: OnceFlags) {
    refuseContradictions(flags);
    refuseOutputs(flags);
    const isKept = flags.resumable === true || flags.resume !== undefined;
    // Only a name has a next turn.
    const keepWarmMs = flags.keep === undefined ? undefined : keepWarmOf(io, flags);
    const output = new TurnOutput(io, { ...flags, isKept, isByKeeper: keepWarmMs !== undefined });
    const context = output.openContext();
    const { keep: name, resume: sessionId, resumable: isResumable } = flags;
    const place = {
      workspace: workspaceOf(io, flags),
      ...(name === undefined ? {} : await placeOf(io, context, flags, { name, purpose: "create" })),
    };
    const options = {
      ...turnOptions(io, context, flags, name === undefined ? { runsHere: true } : {}),
      ...place,
      agent: flags.agent ?? io.defaultAgent,
      prompt: (await readPrompt(io, { argument, flags, isNeeded: true })) ?? "",
      partials: output.wantsPartials || flags.partials,
    };
    const roleText = flags.role === undefined ? undefined : readTextFile(io, flags.role, "role file");
    const { ifBusy, withOpenWindow, trustTranscript, overBudget, budget } = flags;
    if (name !== undefined) {
      const request = { ...options, roleText, name, budget, keepWarmMs };
      const created = await withOwnHint(name, () => create<Delivered>(context, request, output.runner()));
      return created.created ? output.deliver(created.turn) : 0;
    }
    const listener = output.listen();
    const turn = await (sessionId === undefined
      ? once(context, { ...options, roleText, isResumable }, listener)
      : resumeId(
          context,
          { ...options, ifBusy, withOpenWindow, trustTranscript, overBudget, sessionId },
          listener,
        ));
    const exitCode = await output.finish(turn);
    if (isKept && turn.sessionId !== undefined && !flags.json && !flags.stream && !flags.events)
      output.talk(
        `Continue with: agent-sessions once --resume ${quoteWord(turn.sessionId)}${placeFlags(io.config.agent === undefined ? flags : { agent: io.config.agent, ...flags })} '…'\n`,
      );
    return exitCode;
  },
});

/** Replaces the hint of a `name_exists` error by one that fits this command. */
async function withOwnHint<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "name_exists") throw error;
    const { code, message, facts } = error;
    const hint = `Keep it under another name, or continue the existing conversation: agent-sessions send ${quoteWord(name)} '…'`;
    throw new AppError(code, message, { hint, facts, cause: error });
  }
}

/** @throws AppError `usage` */
function refuseContradictions(flags: OnceFlags): void {
  const { detach, role, keep, keepWarm, resumable, resume, budget, overBudget, stopAtBudget } = flags;
  refuseBothBudgets(flags);
  if (budget !== undefined && keep === undefined) {
    throw new AppError("usage", "--budget is that of a name, and this turn has none.", {
      hint: "Keep it under a name: agent-sessions once --keep NAME --budget 5usd '…'",
    });
  }
  if (overBudget && resume === undefined) {
    throw new AppError("usage", "--over-budget is for a conversation that is there; this turn begins one.", {
      hint: "Omit --over-budget.",
    });
  }
  if (stopAtBudget && keep === undefined && resume === undefined) {
    throw new AppError("usage", "--stop-at-budget needs a name with a budget, and this turn has no name.", {
      hint: "Keep it under a name: agent-sessions once --keep NAME --budget 200ktok --stop-at-budget '…'",
    });
  }
  if (keepWarm && keep === undefined) {
    throw new AppError(
      "usage",
      "--keep-warm is for the next turn, and only a conversation with a name has one.",
      {
        hint: "Keep it under a name: agent-sessions once --keep NAME --keep-warm 5m '…'",
      },
    );
  }
  if (detach && keep === undefined) {
    throw new AppError(
      "usage",
      "A turn without a name can't be detached: there would be no way to get its answer.",
      {
        hint: "Keep it under a name: agent-sessions once --keep NAME --detach '…'",
      },
    );
  }
  refuseTogether({ "--keep": keep, "--resumable": resumable, "--resume": resume });
  if (resume !== undefined && role !== undefined) {
    throw new AppError("usage", "--role is only for a new conversation; it can't be used with --resume.", {
      hint: "Omit --role.",
    });
  }
}
