import { type Command, Option } from "commander";
import type { Context } from "../../app/context.ts";
import { hintCommand } from "../../app/hints.ts";
import { resolveName } from "../../app/names/resolve.ts";
import type { PlacedName } from "../../app/names/tables.ts";
import { openContext } from "../../app/open-context.ts";
import { type ClosedWindow, openWindow } from "../../app/window/open.ts";
import { ACCESSES, type Access } from "../../domain/agent/access.ts";
import { AppError } from "../../domain/errors.ts";
import { quoteWord } from "../../domain/words.ts";
import { argsOf, type CommonOptions, withCommon, withWrapper, workspaceOf } from "../options.ts";
import { jsonLine } from "../output/json.ts";
import { closedRecord } from "../output/records/window.ts";
import { printable } from "../output/table.ts";
import type { CommandIo } from "../terminal.ts";

interface OpenFlags extends CommonOptions {
  model?: string;
  effort?: string;
  access?: Access;
  ifBusy: "wait" | "fail";
  trustTranscript?: boolean;
  agentCmd?: string;
  agentArg?: string[];
}

const EXAMPLES = `Examples:
  agent-sessions open review-src
  agent-sessions open review-src --access read-only
`;

export function addOpen(program: Command, io: CommandIo, done: (exitCode: number) => void): void {
  const command = program
    .command("open")
    .argument("<name>", "the name of the conversation")
    .summary("go on in the agent's own window")
    .description(
      "Opens a conversation in the agent's own window, in this terminal, with its role, model and access. As long as it is open nobody else sends to it: a send waits in line. What is said in it is part of the conversation, and is counted as none of our turns. After a /clear in it the name stays where it was, and so it does where the window goes to another conversation: which one that was is said when it is closed.",
    )
    .addHelpText("before", EXAMPLES)
    .option("-m, --model <model>", "the model to use in this window")
    .option("-e, --effort <effort>", "the reasoning effort to use in this window")
    .addOption(new Option("--access <what>", "what the agent may do in this window").choices(ACCESSES))
    .addOption(
      new Option("--if-busy <what>", "when a turn runs in the conversation: wait for it, or fail")
        .choices(["wait", "fail"])
        .default("wait"),
    )
    .option("--trust-transcript", "open it although the agent's transcript has become shorter");
  withCommon(command, { agent: "which agent's name, where two own it" });
  withWrapper(command, "in this window").action(async (name: string, flags: OpenFlags) => {
    const { terminal } = io;
    const context = openContext(io.around);
    const workspace = workspaceOf(io, flags);
    await resolveName(context, workspace, name, flags.agent);
    if (!terminal.hasKeyboard)
      throw new AppError("usage", "A window needs a terminal to be opened in, and this is none.", {
        hint: `Type it in a terminal; for one turn there is: agent-sessions send ${quoteWord(name)} '…'`,
      });
    const { model, effort, access, ifBusy, trustTranscript, agent } = flags;
    const closed = await openWindow(context, {
      name,
      workspace,
      agent,
      model,
      effort,
      access,
      ifBusy,
      trustTranscript,
      agentCommand: flags.agentCmd,
      agentArgs: argsOf(flags.agentArg),
    });
    if (flags.json) terminal.out(jsonLine(closedRecord(closed)));
    else if (closed.wentOnIn !== undefined) terminal.err(wentOn(closed.name, closed.wentOnIn));
    else terminal.err(saidElsewhere(context, closed));
    done(0);
  });
}

function wentOn(name: string, sessionId: string): string {
  return `The window went on in another conversation (${sessionId}); ${JSON.stringify(name)} stays where it was. Point it there with: agent-sessions adopt ${quoteWord(name)} ${sessionId} --replace\n`;
}

function saidElsewhere(context: Context, closed: ClosedWindow): string {
  const { name, workspace, agent, saidElsewhere: said } = closed;
  if (said === undefined) return "";
  const label = JSON.stringify(name);
  const lines = said.conversations.map(({ sessionId, names: [known] }) => {
    const which = known === undefined ? "another conversation" : whichOne(known, workspace);
    const next =
      known === undefined
        ? `Point ${label} there with: ${hintCommand(context, "adopt", { name, workspace }, [sessionId, "--replace"])}`
        : `Go on there with: ${hintCommand(context, "open", { ...known, agent })}`;
    return `In this window something was said in ${which} (${sessionId}); ${label} does not have it. ${next}\n`;
  });
  return `${said.isOwnSilent ? `Nothing was said in ${label} in this window.\n` : ""}${lines.join("")}`;
}

function whichOne({ name, workspace }: PlacedName, here: string): string {
  return workspace === here ? JSON.stringify(name) : `${JSON.stringify(name)} of ${printable(workspace)}`;
}
