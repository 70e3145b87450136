import type { Command, Help } from "commander";
import type { Context } from "../../app/context.ts";
import type { Agent } from "../../domain/agent/agent.ts";
import { foldersUpToRoot } from "../../system/places/repository.ts";
import { resolveWorkspace } from "../../system/places/workspace.ts";
import { printable } from "../output/table.ts";
import { cutTo } from "../output/width.ts";
import {
  type Candidate,
  entriesOf,
  knownGates,
  knownModels,
  knownNames,
  knownTurns,
  type Place,
  removedNames,
} from "./known.ts";
import type { TypedLine } from "./position.ts";

/** What candidates are made from. */
export interface World {
  /** Opens the user's state to look at it. @throws AppError as `openContext` does */
  open(): Context;
  agents: readonly Agent[];
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  uid: number;
  userHome: string | undefined;
}

/** What may stand at the cursor: candidates, or paths, which the shell completes itself. */
export interface Found {
  candidates: readonly Candidate[];
  paths?: "files" | "folders";
}

/** So much of a description fits beside a name. */
const ABOUT_COLUMNS = 60;

/** Where a word called `name` is new: what is there is no help. */
const NEW_NAMES = new Set(["create name", "adopt name", "once --keep"]);

export async function candidatesAt(line: TypedLine, world: World): Promise<Found> {
  const { candidates, paths } = await listAt(line, world);
  return {
    // A word with a character that controls a terminal, or breaks a line, can't be typed.
    candidates: candidates
      .filter(({ text }) => text !== "" && printable(text) === text)
      .map(({ text, about }) => ({ text, about: cutTo(printable(about.trim()), ABOUT_COLUMNS) })),
    ...(paths === undefined ? {} : { paths }),
  };
}

async function listAt(line: TypedLine, world: World): Promise<Found> {
  const { position, given, verb } = line;
  switch (position.is) {
    case "command":
      return { candidates: [...commandsOf(position.of), ...(await insteadOf(position.of, line, world))] };
    case "option":
      return { candidates: optionsOf(position.of, given) };
    case "value": {
      const { of: option, flag } = position;
      const kind = kindOf(option.flags);
      const key = `${verb} ${option.long ?? option.short}`;
      const found = await valuesOf(
        { kind: option.long === "--turn" ? "turn" : kind, key, choices: option.argChoices },
        line,
        world,
      );
      return { ...found, candidates: found.candidates.map((one) => ({ ...one, text: flag + one.text })) };
    }
    case "argument": {
      const { of: argument } = position;
      const kind = argument.name();
      return valuesOf({ kind, key: `${verb} ${kind}`, choices: argument.argChoices }, line, world);
    }
    default:
      return { candidates: [] };
  }
}

function commandsOf(command: Command): Candidate[] {
  const help: Help = command.createHelp();
  return help
    .visibleCommands(command)
    .map((one) => ({ text: one.name(), about: one.summary() || one.description() }));
}

/** What may stand in place of a command: the argument of a command that has both. */
async function insteadOf(command: Command, line: TypedLine, world: World): Promise<readonly Candidate[]> {
  const [argument] = command.registeredArguments;
  if (argument === undefined) return [];
  const kind = argument.name();
  const wanted = { kind, key: `${line.verb} ${kind}`, choices: argument.argChoices };
  // Where nothing can be looked up, the commands are still known.
  const { candidates } = await valuesOf(wanted, line, world).catch(() => ({ candidates: [] }));
  return candidates;
}

function optionsOf(command: Command, given: TypedLine["given"]): Candidate[] {
  const help: Help = command.createHelp();
  return (
    help
      .visibleOptions(command)
      // One with a value may be repeated.
      .filter((option) => given.get(option.attributeName()) !== true)
      .map((option) => ({ text: option.long ?? option.short ?? "", about: option.description }))
  );
}

/** Returns the word for a value, such as `dir` in `-w, --workspace <dir>`. */
function kindOf(flags: string): string {
  return /[<[]([^\]>.]+)/.exec(flags)?.[1] ?? "";
}

interface Wanted {
  /** How the command calls the value. */
  kind: string;
  /** The verb, and the argument or the option. */
  key: string;
  choices: readonly string[] | undefined;
}

async function valuesOf({ kind, key, choices }: Wanted, line: TypedLine, world: World): Promise<Found> {
  if (choices !== undefined) return { candidates: choices.map((text) => ({ text, about: "" })) };
  switch (kind) {
    case "dir":
      return { candidates: [], paths: "folders" };
    case "file":
      return { candidates: [], paths: "files" };
    case "agent":
      return { candidates: world.agents.map(({ name, title }) => ({ text: name, about: title })) };
    case "effort":
      return { candidates: await effortsOf(line, world) };
    case "model":
      return { candidates: await knownModels(world.open(), agentOf(line)) };
    case "turn":
      return { candidates: await knownTurns(world.open(), placeOf(line, world), line.args[0]) };
    case "gate":
      return { candidates: knownGates(world.open(), placeOf(line, world)) };
    case "name[@N]":
      return { candidates: await namesToRestore(line, world) };
    case "name":
    case "old":
      return { candidates: NEW_NAMES.has(key) ? [] : await namesFor(line, world) };
    default:
      return { candidates: [] };
  }
}

/** Names, but those that stand on the line already, and those that would be taken for an option. */
async function namesFor(line: TypedLine, world: World): Promise<Candidate[]> {
  const names = await knownNames(world.open(), placeOf(line, world));
  return names.filter(({ text }) => !line.args.includes(text) && !isLikeOption(text));
}

/** The names that were removed; where only moves are to be shown, those that are there too. */
async function namesToRestore(line: TypedLine, world: World): Promise<Candidate[]> {
  const all = await removedNames(world.open(), placeOf(line, world));
  const removed = all.filter(({ text }) => !isLikeOption(text));
  return line.given.has("list") ? [...removed, ...(await namesFor(line, world))] : removed;
}

function isLikeOption(name: string): boolean {
  return name.startsWith("-");
}

async function effortsOf(line: TypedLine, world: World): Promise<Candidate[]> {
  const agent = agentOf(line);
  const [name] = line.args;
  let isMeant = (one: Agent) => agent === undefined || one.name === agent;
  if (agent === undefined && name !== undefined && line.verb !== "create") {
    const owners = await agentsOfName(world, placeOf(line, world), name);
    if (owners.length > 0) isMeant = (one) => owners.includes(one.name);
  }
  const efforts = new Map<string, string[]>();
  for (const one of world.agents.filter(isMeant))
    for (const effort of one.can.efforts) efforts.set(effort, [...(efforts.get(effort) ?? []), one.name]);
  return [...efforts].map(([text, names]) => ({ text, about: names.join(", ") }));
}

async function agentsOfName(world: World, place: Place, name: string): Promise<string[]> {
  try {
    const found = await entriesOf(world.open(), place);
    return found.filter(({ entry }) => entry.name === name).map(({ agent }) => agent);
  } catch {
    // Nothing is known of the names.
    return [];
  }
}

function agentOf({ given }: TypedLine): string | undefined {
  return textOf(given.get("agent"));
}

/** Returns where the command will look for names. The shell has left `~` as it is. */
function placeOf(line: TypedLine, { cwd, env, ...user }: World): Place {
  const { given } = line;
  const { HOME: home = "~" } = env;
  const folder = textOf(given.get("workspace"))?.replace(/^~(?=\/|$)/, () => home);
  const workspace = resolveWorkspace(folder ?? cwd, cwd);
  const isGiven = folder !== undefined || given.has("here");
  return { folders: isGiven ? [workspace] : foldersUpToRoot(workspace, user), agent: agentOf(line) };
}

function textOf(value: string | true | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
