import { Option } from "commander";
import type { Context } from "../../app/context.ts";
import { resolveName } from "../../app/names/resolve.ts";
import type { PlacedName } from "../../app/names/tables.ts";
import { refuseOnLine } from "../../app/only-here.ts";
import { type ClosedWindow, openWindow } from "../../app/window/open.ts";
import { ACCESSES, type Access } from "../../domain/agent/access.ts";
import { AppError } from "../../domain/errors.ts";
import { pick } from "../../domain/json-line.ts";
import { understood } from "../../domain/turn/settings.ts";
import { quoteWord } from "../../domain/words.ts";
import { defineCommand } from "../command.ts";
import { argsOf, type CommonOptions, withCommon, withWrapper } from "../options.ts";
import { printable } from "../output/table.ts";
import { placeOf } from "../place.ts";

interface OpenFlags extends CommonOptions {
  model?: string;
  effort?: string;
  access?: Access;
  ifBusy: "wait" | "fail";
  trustTranscript?: boolean;
  agentCmd?: string;
  agentArg?: string[];
}

export const openCommand = defineCommand({
  name: "open",
  args: [["<name>", "the name of the conversation"]],
  summary: "continue in the agent's own window",
  description:
    "Opens a conversation in the agent's own window, in this terminal, with its role, model and access. Until you close the window, every send is queued. Exchanges in the window are part of the conversation, but they are not counted as turns. After a /clear, or if the window goes to another conversation, the name does not follow; when you close the window, open prints the id of the other conversation.",
  examples: ["agent-sessions open review-src", "agent-sessions open review-src --access read-only"],
  needsConfig: true,
  options(command) {
    command
      .option("-m, --model <model>", "the model to use in this window; default: the agent's own")
      .option("-e, --effort <effort>", "the reasoning effort to use in this window; default: the agent's own")
      .addOption(new Option("--access <what>", "what the agent may do in this window").choices(ACCESSES))
      .addOption(
        new Option("--if-busy <what>", "if a turn runs in the conversation: wait for it, or fail")
          .choices(["wait", "fail"])
          .default("wait"),
      )
      .option("--trust-transcript", "open it even if the agent's transcript has become shorter");
    withWrapper(withCommon(command), "in this window");
  },
  async run(io, name: string, flags: OpenFlags) {
    const context = io.openContext();
    refuseOnLine(context, "A window of the agent");
    const place = await placeOf(io, context, flags, name);
    await resolveName(context, place.workspace, name, place.agent);
    if (!io.terminal.hasKeyboard)
      throw new AppError("usage", "open needs a terminal.", {
        hint: `Type it in a terminal; for one turn there is: agent-sessions send ${quoteWord(name)} '…'`,
      });
    for (const note of io.config.notes) io.around.notify(note);
    const { model, effort, access, ifBusy, trustTranscript } = flags;
    const closed = await openWindow(context, {
      name,
      ...place,
      ...understood({ model, effort }),
      access,
      ifBusy,
      trustTranscript,
      agentCommand: flags.agentCmd,
      agentArgs: argsOf(flags.agentArg),
    });
    const { wentOnIn } = closed;
    const text = wentOnIn === undefined ? saidElsewhere(context, closed) : wentOn(closed.name, wentOnIn);
    return {
      json: {
        type: "agent_sessions.closed",
        ...pick(closed, "name", "agent", "sessionId", "workspace", "continuity", "openedAt", "closedAt"),
        wentOnIn,
        alsoSaidIn: closed.saidElsewhere?.conversations.map(({ sessionId }) => sessionId) ?? [],
      },
      text,
    };
  },
});

function wentOn(name: string, sessionId: string): string {
  return `The window continued in another conversation (${sessionId}); ${JSON.stringify(name)} still points at the first one. Point it there with: agent-sessions adopt ${quoteWord(name)} ${sessionId} --replace\n`;
}

function saidElsewhere({ wording: { step } }: Context, closed: ClosedWindow): string {
  const { name, workspace, agent, saidElsewhere: said } = closed;
  if (said === undefined) return "";
  const label = JSON.stringify(name);
  const lines = said.conversations.map(({ sessionId, names: [known] }) => {
    const which = known === undefined ? "another conversation" : whichOne(known, workspace);
    const next =
      known === undefined
        ? `Point ${label} there with: ${step("adopt", { name, sessionId, ifExists: "replace", workspace })}`
        : `Go on there with: ${step("open", { ...known, agent })}`;
    return `In this window, messages went to ${which} (${sessionId}); they are not part of ${label}. ${next}\n`;
  });
  return `${said.isOwnSilent ? `Nothing was said in ${label} in this window.\n` : ""}${lines.join("")}`;
}

function whichOne({ name, workspace }: PlacedName, here: string): string {
  return workspace === here ? JSON.stringify(name) : `${JSON.stringify(name)} of ${printable(workspace)}`;
}
