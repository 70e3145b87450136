import type { Command } from "commander";
import { openContext } from "../../app/open-context.ts";
import { cancel } from "../../app/watch/cancel.ts";
import { type CommonOptions, withCommon, workspaceOf } from "../options.ts";
import { jsonLine } from "../output/json.ts";
import { cancelRecord } from "../output/records/turn.ts";
import type { CommandIo } from "../terminal.ts";

interface CancelFlags extends CommonOptions {
  turn?: string;
}

const EXAMPLES = `Examples:
  agent-sessions cancel review-src
  agent-sessions cancel review-src --turn 20261121-110155-0a1b2c3d
`;

export function addCancel(program: Command, io: CommandIo, done: (exitCode: number) => void): void {
  const command = program
    .command("cancel")
    .argument("<name>", "the name of the conversation")
    .summary("end a turn and all that it has started")
    .description(
      "Ends the turn that runs in a conversation, else the next in its line: the agent first gently, then with everything that it has started, wherever that is. Where nothing runs there is nothing to do.",
    )
    .addHelpText("before", EXAMPLES)
    .option("--turn <id>", "this turn, as send --detach and status name it");
  withCommon(command, { agent: "which agent's name, where two own it" }).action(
    async (name: string, flags: CancelFlags) => {
      const workspace = workspaceOf(io, flags);
      const { turn: turnId, agent } = flags;
      const cancelled = await cancel(openContext(io.around), { name, agent, workspace, turnId });
      if (flags.json) io.terminal.out(jsonLine(cancelRecord(name, cancelled)));
      else io.terminal.err(describe(name, cancelled));
      done(0);
    },
  );
}

function describe(name: string, { cancelled, turn }: Awaited<ReturnType<typeof cancel>>): string {
  if (turn === undefined) return `No turn runs in ${JSON.stringify(name)}.\n`;
  if (cancelled) return `Cancelled turn ${turn.turnId} in ${JSON.stringify(name)}.\n`;
  return `Turn ${turn.turnId} in ${JSON.stringify(name)} had ended: ${turn.outcome}.\n`;
}
