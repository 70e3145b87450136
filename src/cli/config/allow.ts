import {
  type Allowable,
  allowConfig,
  isMeantBy,
  readAllowable,
  revokeConfig,
} from "../../app/config/allow.ts";
import { AppError } from "../../domain/errors.ts";
import { defineCommand } from "../command.ts";
import { formatTable, printable } from "../output/table.ts";
import type { CommandIo } from "../terminal.ts";
import { shown } from "./list.ts";
import { type ConfigFlags, queryOf, withPlace } from "./query.ts";

interface AllowFlags extends ConfigFlags {
  revoke?: boolean;
  yes?: string;
}

export const allowConfigCommand = defineCommand({
  name: "allow",
  summary: "show the repository's file, and let it set everything until it changes",
  description:
    "Shows what the repository's settings file sets, asks, and allows all of it: wrappers, arguments, programs to run, and more access than your own settings give. Without this, the file sets only the agent, the model, the effort, and less access. A change of the file ends the permission. Where nobody can be asked, it shows the file and the --yes that allows what was shown. In a turn of an agent it is refused; that does not stop an agent that means to get around it.",
  examples: ["agent-sessions config allow", "agent-sessions config allow --revoke"],
  needsNoConfig: true,
  options(command) {
    withPlace(
      command
        .option("--revoke", "take the permission back")
        .option("-y, --yes <hash>", "don't ask: allow the file that config allow has shown with this hash"),
    );
  },
  async run(io, flags: AllowFlags) {
    const context = io.openContext();
    const query = queryOf(io, flags);
    if (flags.revoke) {
      const { path, wasAllowed } = revokeConfig(context, query);
      const text = wasAllowed
        ? `${printable(path)} is not allowed any more.\n`
        : `${printable(path)} was not allowed.\n`;
      return { json: { type: "agent_sessions.config_revoked", path, wasAllowed }, text };
    }
    const found = await readAllowable(context, query);
    const { path, settings, programsInside } = found;
    if (!flags.json) show(io, found);
    if (!(await isGranted(io, flags, found))) {
      io.terminal.err("Nothing was allowed.\n");
      return 0;
    }
    allowConfig(context, found);
    const rows = [...settings].map(([key, value]) => ({ key, value }));
    return {
      json: { type: "agent_sessions.config_allowed", path, settings: rows, programsInside },
      text: `Allowed as it is now: ${printable(path)}\nTake it back with: agent-sessions config allow --revoke\n`,
    };
  },
});

function show({ terminal }: CommandIo, { settings, programsInside }: Allowable): void {
  terminal.out(formatTable([...settings].map(([key, value]) => [key, shown(value)])));
  for (const program of programsInside)
    terminal.err(
      `${printable(program)} is in the repository: whoever may write there can change what is run.\n`,
    );
}

/** @throws AppError `usage` where nobody can be asked, and for the hash of another file */
async function isGranted(io: CommandIo, { yes, json }: AllowFlags, found: Allowable): Promise<boolean> {
  const { path, shortHash } = found;
  const isAskable = io.terminal.hasKeyboard && !json;
  if (yes === undefined && isAskable)
    return io.confirm(`Allow all of this, until ${printable(path)} changes?`);
  if (yes !== undefined && isMeantBy(yes, found)) return true;
  const message =
    yes === undefined
      ? `Nothing was allowed: nobody can be asked here about ${path}.`
      : `Nothing was allowed: ${path} is not the file with the hash ${JSON.stringify(yes)}; it may have changed.`;
  throw new AppError("usage", message, {
    hint: `Read the file, and if you want all of it, run: agent-sessions config allow --yes ${shortHash}`,
    facts: { path, hash: shortHash },
  });
}
