import type { Context } from "../../app/context.ts";
import type { NameEntry, NameScope, NameTable } from "../../domain/names/name.ts";
import type { MappingView } from "../../stores/file/names/mapping-file.ts";
import { compareCodePoints } from "../../stores/file/names/mapping-format.ts";
import { FileStore } from "../../stores/file/store.ts";
import { resolveWorkspace } from "../../system/places/workspace.ts";
import type { Draft, DraftOptions, Prepared } from "../draft.ts";
import type { Values } from "../parse/argparse.ts";
import type { Tool } from "../parse/flags.ts";
import { strip } from "../python/text.ts";
import { ScriptFailure } from "./failure.ts";

/** What a script takes from its process. */
export interface ScriptIo {
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  /** The same for bytes, without blocking while the reader is slow. */
  outLater(bytes: Buffer): Promise<void>;
  err(text: string): void;
  /** @throws a system error */
  readFile(path: string): string;
  /** Whether something other than a folder exists at the path. */
  isFile(path: string): boolean;
  openContext(notify: (message: string) => void): Context;
  /** `signal` aborts on Ctrl-C and SIGTERM; the second one aborts `hurry`. */
  catchSignals(): { signal: AbortSignal; hurry: AbortSignal };
}

/** Drafts the agent's command line for one stage of a script. */
export type DraftFor = (script: Script, prepared: Prepared, options: DraftOptions) => Draft;

/** One run of one of the original scripts' sub-commands. */
export class Script {
  readonly context: Context;
  /** The key of the session id in this tool's output. */
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

  /** Returns a value without outer white space; undefined if it is blank. */
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

  /**
   * Returns the scope of this call's names: the workspace's own, or that of a mapping file that is given by
   * its path.
   */
  scope(): NameScope {
    const folder = this.text("workspace_dir");
    const workspace = resolveWorkspace(folder === undefined || folder === "" ? "." : folder, this.io.cwd);
    const scope = { workspace, agent: this.tool };
    const given = this.text("mapping_file");
    if (given === undefined) return scope;
    if (given === "" || given === ".")
      throw new ScriptFailure("IsADirectoryError", "[Errno 21] Is a directory: '.'");
    const mappingFile = resolveWorkspace(given, this.io.cwd);
    // The workspace's own mapping file holds the workspace's own names, however its path is spelled.
    return mappingFile === resolveWorkspace(this.view(scope).path, "/") ? scope : { ...scope, mappingFile };
  }

  /** Returns the path of the mapping file as it is printed: as typed, or the workspace's own. */
  shownPath(scope: NameScope): string {
    const given = this.text("mapping_file");
    return given === undefined ? this.view(scope).path : collapse(given);
  }

  /** Returns the workspace as it is printed: as typed, or the current folder. */
  shownWorkspace(): string {
    return this.text("workspace_dir") || resolveWorkspace(".", this.io.cwd);
  }

  /** Returns the mapping file of a scope. Both tools have one. */
  view(scope: NameScope): MappingView {
    const { store } = this.context;
    const view = store instanceof FileStore ? store.view(scope) : undefined;
    if (view === undefined) throw new Error("the original scripts need names in mapping files");
    return view;
  }
}

/** Returns the names in the order of the mapping file. */
export function sortedEntries({ entries }: NameTable): NameEntry[] {
  return [...entries.values()].sort((left, right) => compareCodePoints(left.name, right.name));
}

/** Returns a path as Python's `Path` prints it: `./` and double slashes are removed, `..` stays. */
function collapse(path: string): string {
  const isAbsolute = path.startsWith("/");
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  return `${isAbsolute ? "/" : ""}${parts.join("/")}` || (isAbsolute ? "/" : ".");
}

/** Returns an id, or refuses it if an agent would read it as an option. */
export function refuseDash(id: string): string {
  if (!id.startsWith("-")) return id;
  throw new ScriptFailure(
    "ValueError",
    `The id ${JSON.stringify(id)} starts with a dash and would read as an option.`,
  );
}
