import type { Context } from "../../app/context.ts";
import type { NameEntry, NameScope, NameTable } from "../../domain/names/name.ts";
import type { MappingView } from "../../stores/file/names/mapping-file.ts";
import { compareCodePoints } from "../../stores/file/names/mapping-format.ts";
import { FileStore } from "../../stores/file/store.ts";
import { resolveWorkspace } from "../../system/places/workspace.ts";
import type { Drafted, DraftOptions, Prepared } from "../draft.ts";
import type { Values } from "../parse/argparse.ts";
import type { Tool } from "../parse/flags.ts";
import { strip } from "../python/text.ts";
import { ScriptFailure } from "./failure.ts";

/** What the process around a script gives it. */
export interface ScriptIo {
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  /** The same without holding up anything else while the reader is slow. */
  outLater(bytes: Buffer): Promise<void>;
  err(text: string): void;
  /** @throws a system error */
  readFile(path: string): string;
  /** Whether there is something at a path that is not a folder. */
  isFile(path: string): boolean;
  openContext(notify: (message: string) => void): Context;
  /** Aborts on Ctrl-C and SIGTERM; a second time `hurry`. */
  catchSignals(): { signal: AbortSignal; hurry: AbortSignal };
}

/** How the agent's command line is drawn up for one stage of a script. */
export type DraftFor = (script: Script, prepared: Prepared, options: DraftOptions) => Drafted;

/** One run of one of the original scripts' sub-commands. */
export class Script {
  readonly context: Context;
  /** The key under which this tool's output holds an id. */
  readonly idKey: "session_id" | "thread_id";

  constructor(
    readonly tool: Tool,
    readonly values: Values,
    readonly io: ScriptIo,
    readonly draftFor: DraftFor,
  ) {
    this.context = io.openContext((message) => io.err(`[WARN] ${message}\n`));
    this.idKey = tool === "claude" ? "session_id" : "thread_id";
  }

  text(dest: string): string | undefined {
    const value = this.values[dest];
    return typeof value === "string" ? value : undefined;
  }

  /** A value with outer white space taken off; a blank one counts as absent. */
  trimmed(dest: string): string | undefined {
    const value = this.text(dest);
    const text = value === undefined ? "" : strip(value);
    return text === "" ? undefined : text;
  }

  has(dest: string): boolean {
    return this.values[dest] === true;
  }

  list(dest: string): string[] {
    const value = this.values[dest];
    return Array.isArray(value) ? value : [];
  }

  /** Where names live for this call: the workspace's own, or those of a mapping file given by its path. */
  scope(): NameScope {
    const folder = this.text("workspace_dir");
    const workspace = resolveWorkspace(folder === undefined || folder === "" ? "." : folder, this.io.cwd);
    const scope = { workspace, agent: this.tool };
    const given = this.text("mapping_file");
    if (given === undefined) return scope;
    if (given === "" || given === ".")
      throw new ScriptFailure("IsADirectoryError", "[Errno 21] Is a directory: '.'");
    const mappingFile = resolveWorkspace(given, this.io.cwd);
    // The workspace's own file, however it was spelled, holds the workspace's own names.
    return mappingFile === resolveWorkspace(this.view(scope).path, "/") ? scope : { ...scope, mappingFile };
  }

  /** The mapping file as it is shown: as typed, or where the workspace has it. */
  shownPath(scope: NameScope): string {
    const given = this.text("mapping_file");
    return given === undefined ? this.view(scope).path : collapse(given);
  }

  /** The workspace as it is shown: as typed, or the current folder. */
  shownWorkspace(): string {
    return this.text("workspace_dir") || resolveWorkspace(".", this.io.cwd);
  }

  /** The mapping file of a scope. Every tool has one. */
  view(scope: NameScope): MappingView {
    const { store } = this.context;
    const view = store instanceof FileStore ? store.view(scope) : undefined;
    if (view === undefined) throw new Error("the original scripts need names in mapping files");
    return view;
  }
}

/** The names in the order of the file. */
export function sortedEntries({ entries }: NameTable): NameEntry[] {
  return [...entries.values()].sort((left, right) => compareCodePoints(left.name, right.name));
}

/** A path as Python's `Path` prints it: `./` and doubled slashes go, `..` stays. */
function collapse(path: string): string {
  const isAbsolute = path.startsWith("/");
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  return `${isAbsolute ? "/" : ""}${parts.join("/")}` || (isAbsolute ? "/" : ".");
}

/** Refuses an id that an agent would take for an option. */
export function refuseDash(id: string): string {
  if (!id.startsWith("-")) return id;
  throw new ScriptFailure(
    "ValueError",
    `The id ${JSON.stringify(id)} starts with a dash and would read as an option.`,
  );
}
