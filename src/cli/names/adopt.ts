import { type Adopted, adopt } from "../../app/names/adopt.ts";
import { conversations, type FoundConversations } from "../../app/names/conversations.ts";
import { type Rebound, rebind } from "../../app/names/rebind.ts";
import { AppError } from "../../domain/errors.ts";
import { pick } from "../../domain/json-line.ts";
import { listWords } from "../../domain/words.ts";
import { defineCommand } from "../command.ts";
import { type CommonOptions, parseCount, withCommon } from "../options.ts";
import { formatAge } from "../output/numbers.ts";
import type { Style } from "../output/style.ts";
import { formatTable, printable } from "../output/table.ts";
import { foldersOf, placeOf } from "../place.ts";

interface AdoptFlags extends CommonOptions {
  latest?: boolean;
  list?: boolean;
  limit?: number;
  from?: string;
  all?: boolean;
  replace?: boolean;
}

export const adoptCommand = defineCommand({
  name: "adopt",
  args: [
    ["[name]", "the name to give"],
    ["[session-id]", "the agent's own id of the conversation, or its first characters"],
  ],
  summary: "name a conversation that the agent already has",
  description:
    "Names a conversation that began outside agent-sessions, in the agent's own window or in another program: the conversation with this id, or with --latest the last used conversation of this folder without a name. Without a name, adopt lists the agents' conversations of this folder. In a repository, adopt also finds the conversations of the folders above, and the name belongs to the root, unless --here is given. The costs before the adoption are not counted. A conversation may have several names; the other names are printed. With --from, adopt moves names here from a folder that was moved: the old folder must not exist any more.",
  examples: [
    "agent-sessions adopt",
    "agent-sessions adopt review-src --latest",
    "agent-sessions adopt review-src 7ceb00a5-d164-40ab-9be7-cbca52f80ae2",
    "agent-sessions adopt --all --from ~/work/old-place",
  ],
  needsConfig: true,
  options(command) {
    command
      .option("--latest", "the last used conversation of this folder without a name")
      .option("-l, --list", "only list the agents' conversations of this folder")
      .option("--limit <count>", "list at most this many (default: 20)", parseCount)
      .option("--from <dir>", "move the name here from this folder, which does not exist any more")
      .option("--all", "with --from: move all of its names; if one can't be moved, none is")
      .option("--replace", "give the name even if it is taken (undo: restore NAME@1)");
    withCommon(command, "the agent of the conversation (default: the agent that has it)");
  },
  async run(io, name: string | undefined, sessionId: string | undefined, flags: AdoptFlags) {
    const wanted = choose(name, sessionId, flags);
    const context = io.openContext();
    const { agent } = flags;
    const folders = foldersOf(io, flags);
    const ifExists = flags.replace ? "replace" : "fail";
    if ("from" in wanted) {
      // Whoever moves names says where to, so no folder above is looked at.
      const place = { workspace: folders[0], agent };
      const rebound = await rebind(context, { from: wanted.from, name, ...place, ifExists });
      const { names } = rebound;
      return {
        json: {
          type: "agent_sessions.rebound",
          from: rebound.from,
          workspace: place.workspace,
          count: names.length,
          names,
        },
        text: describeRebound(rebound),
      };
    }
    if (wanted.name === undefined) {
      const workspace = folders.at(-1) ?? folders[0];
      const found = await conversations(context, { workspace, beganIn: folders, agent, limit: flags.limit });
      return {
        json: {
          type: "agent_sessions.conversations",
          workspace,
          agents: found.agents,
          count: found.conversations.length,
          hasMore: found.hasMore,
          conversations: found.conversations.map((one) =>
            pick(one, "agent", "sessionId", "usedAt", "firstPrompt", "names", "transcript"),
          ),
        },
        text({ out, err, style }) {
          if (found.conversations.length === 0) err(nothingThere(workspace, found));
          else out(table(found, workspace, context.now(), style));
          if (found.hasMore) err("There are more; use a higher --limit.\n");
        },
      };
    }
    const place = await placeOf(io, context, flags, { name: wanted.name, purpose: "create" });
    const adopted = await adopt(context, {
      name: wanted.name,
      ...place,
      sessionId,
      beganIn: folders,
      ifExists,
    });
    const { beganIn = place.workspace } = adopted;
    return { json: { type: "agent_sessions.adopted", ...adopted, beganIn }, text: describe(adopted) };
  },
});

/** Returns what the options ask for. @throws AppError `usage` if they contradict each other. */
function choose(
  name: string | undefined,
  sessionId: string | undefined,
  flags: AdoptFlags,
): { name: string | undefined } | { from: string } {
  const { latest = false, list = false, all = false, from } = flags;
  const refuse = (message: string, hint: string) => new AppError("usage", message, { hint });
  if (from !== undefined) {
    if (from === "") throw refuse("--from is empty.", "Give the folder that the names belonged to.");
    if (sessionId !== undefined || latest || list)
      throw refuse(
        "--from moves names without changes.",
        "Omit the id, --latest and --list: agent-sessions adopt NAME --from DIR",
      );
    if ((name === undefined) !== all)
      throw refuse(
        all ? "--all moves all names; don't give a name with it." : "Which name should be moved?",
        "One: agent-sessions adopt NAME --from DIR   or all: agent-sessions adopt --all --from DIR",
      );
    return { from };
  }
  if (all)
    throw refuse("--all requires --from.", "Take over all names: agent-sessions adopt --all --from DIR");
  if (name === undefined || list) {
    if (name === undefined && !latest) return { name };
    throw list
      ? refuse("--list only lists; it gives no name.", "Omit the name: agent-sessions adopt --list")
      : refuse("No name was given.", "agent-sessions adopt NAME --latest");
  }
  if ((sessionId === undefined) === latest) return { name };
  throw latest
    ? refuse("Use either --latest or an id, not both.", "Omit one of them.")
    : refuse(
        `Which conversation should get the name ${JSON.stringify(name)}?`,
        "Give its id, or --latest. See those that are there with: agent-sessions adopt --list",
      );
}

function nothingThere(workspace: string, { agents }: FoundConversations): string {
  const verb = agents.length === 1 ? "has" : "have";
  return `${listWords(agents)} ${verb} no conversation that began in ${printable(workspace)}. For another folder, add --workspace DIR.\n`;
}

function table(
  { conversations: found }: FoundConversations,
  workspace: string,
  now: Date,
  style: Style,
): string {
  const rows = found.map(({ agent, sessionId, usedAt, names, firstPrompt = "" }) => [
    formatAge(usedAt, now),
    agent,
    style.bold(
      names
        .map((one) => printable(one.workspace === workspace ? one.name : `${one.name} (${one.workspace})`))
        .join(", "),
    ),
    printable(sessionId),
    style.dim(printable(firstPrompt)),
  ]);
  return formatTable([["LAST USED", "AGENT", "NAME", "SESSION", "BEGAN WITH"].map(style.dim), ...rows]);
}

function describe(adopted: Adopted): string {
  const { name, agent, workspace, sessionId, previousSessionId, firstPrompt, beganIn, alsoNamed } = adopted;
  const before = previousSessionId === undefined ? "" : ` instead of ${printable(previousSessionId)}`;
  const words = firstPrompt === undefined ? "" : `, which began with: ${printable(firstPrompt)}`;
  const lines = [`${JSON.stringify(name)} points at ${agent} ${sessionId}${before}${words}`];
  if (beganIn !== undefined)
    lines.push(`It began in ${printable(beganIn)}; turns of this name now run in ${printable(workspace)}.`);
  const others = alsoNamed.map((one) =>
    one.workspace === workspace
      ? JSON.stringify(one.name)
      : `${JSON.stringify(one.name)} in ${one.workspace}`,
  );
  if (others.length > 0) lines.push(`Its other names: ${printable(others.join(", "))}.`);
  return `${lines.join("\n")}\n`;
}

function describeRebound({ from, workspace, names }: Rebound): string {
  return names
    .map(
      ({ name, agent, sessionId }) =>
        `${JSON.stringify(name)} (${agent} ${printable(sessionId)}) now belongs to ${printable(workspace)}, no longer to ${printable(from)}.\n`,
    )
    .join("");
}
