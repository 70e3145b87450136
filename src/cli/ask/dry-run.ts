import { plannedSend } from "../../app/tell/planned-send.ts";
import { pick } from "../../domain/json-line.ts";
import { FORGET } from "../../domain/turn/settings.ts";
import type { Answer } from "../command.ts";
import { refuseTogether } from "../options.ts";
import { describeNextSend } from "../output/next-send.ts";
import { formatTable, printable } from "../output/table.ts";
import { cutTo } from "../output/width.ts";
import { placeOf } from "../place.ts";
import type { CommandIo } from "../terminal.ts";
import type { SendFlags } from "./send-command.ts";

/** Shows what a send would do. */
export async function dryRun(io: CommandIo, name: string, flags: SendFlags): Promise<Answer> {
  const { retry, fresh, forkFrom, orCreate, detach, stream, events, requestId } = flags;
  refuseTogether(
    {
      "--dry-run": true,
      "--retry": retry,
      "--fresh": fresh,
      "--fork-from": forkFrom,
      "--or-create": orCreate,
    },
    "A dry run shows only a plain send to a conversation that is there.",
  );
  refuseTogether(
    {
      "--dry-run": true,
      "--detach": detach,
      "--stream": stream,
      "--events": events,
      "--request-id": requestId,
    },
    "A dry run runs no turn.",
  );
  const context = io.openContext();
  const asked = { model: orOwn(flags.model), effort: orOwn(flags.effort) };
  const place = await placeOf(io, context, flags, name);
  const planned = await plannedSend(context, { name, ...place, ...asked });
  return {
    json: {
      type: "agent_sessions.dry_run",
      ...pick(planned, "name", "agent", "workspace", "sessionId", "model", "effort", "nextSend"),
    },
    text({ out, style }) {
      const { columns = Number.POSITIVE_INFINITY } = io.terminal.size() ?? {};
      const rows = [
        ["agent", planned.agent],
        ["model", planned.model],
        ["effort", planned.effort],
        ["workspace", planned.workspace],
        ["session", planned.sessionId],
        ["next send", describeNextSend(planned.nextSend) ?? "how much it reads is unknown"],
      ].flatMap(([label = "", value]) =>
        value === undefined ? [] : [[`  ${style.dim(label)}`, cutTo(printable(value), columns - 13)]],
      );
      out(`${style.bold(printable(planned.name))}\n${formatTable(rows)}\nNothing was sent.\n`);
    },
  };
}

function orOwn(asked: string | undefined): string | null | undefined {
  return asked === FORGET ? null : asked;
}
