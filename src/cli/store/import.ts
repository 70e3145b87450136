import { openContext } from "../../app/compose/open-context.ts";
import { Workspaces } from "../../app/line/workspaces.ts";
import { importIntoStore, type StoreImported } from "../../app/store/import.ts";
import { requireStoreAddress } from "../../app/store/with-store.ts";
import { withoutStore } from "../../stores/store-address.ts";
import { resolveWorkspace } from "../../system/places/workspace.ts";
import { defineCommand } from "../command.ts";
import { JSON_OPTION } from "../options.ts";
import { formatBytes } from "../output/numbers.ts";
import { formatTable, printable } from "../output/table.ts";

export const importCommand = defineCommand({
  name: "import",
  summary: "take names and conversations of this machine into the store",
  description:
    "Copies the names of this machine into the store of AGENT_SESSIONS_STORE, with the journals and transcripts of their conversations, and of those that they came from. What the store has already stays as it is, so it can be run again. Nothing changes on this machine. The earlier moves of the names are not copied.",
  examples: ["agent-sessions store import", "agent-sessions store import --workspace ~/shop --json"],
  needsNoConfig: true,
  options(command) {
    command
      .option("-w, --workspace <dir>", "only the names of this folder (default: of all folders)")
      .option(...JSON_OPTION);
  },
  async run(io, flags: { workspace?: string }) {
    const { around } = io;
    requireStoreAddress(around.env);
    const workspaces =
      flags.workspace === undefined ? undefined : [resolveWorkspace(flags.workspace, around.cwd)];
    const context = openContext({ ...around, env: withoutStore(around.env) });
    const known = new Workspaces(around);
    const identify = (folder: string) => known.idIfAny(folder);
    const imported = await importIntoStore(context, around.env, { workspaces, identify });
    return {
      json: { type: "agent_sessions.store_imported", ...imported },
      text: ({ out, err }) => describe(imported, out, err),
    };
  },
});

function describe(
  { store, names, conversations, turns, transcriptBytes, leftOut }: StoreImported,
  out: (text: string) => void,
  err: (text: string) => void,
): void {
  const what = `${names} names, ${conversations} conversations, ${turns} turns, ${formatBytes(transcriptBytes)} of transcripts`;
  err(`New in ${printable(store)}: ${what}.\n`);
  if (leftOut.length === 0) return;
  err(`Left out: ${leftOut.length}.\n`);
  const rows = leftOut.map(({ name, workspace, agent, because }) => [name, agent, workspace, because]);
  out(formatTable([["NAME", "AGENT", "WORKSPACE", "BECAUSE"], ...rows.map((row) => row.map(printable))]));
}
