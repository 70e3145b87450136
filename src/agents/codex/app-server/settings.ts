import { flag, maybe, object, oneOf, type Read, record, text } from "../../../domain/shape.ts";

export const SANDBOX_MODES = ["read-only", "workspace-write", "danger-full-access"] as const;
export type SandboxMode = (typeof SANDBOX_MODES)[number];

/** What turns of one thread are asked with, by a process that stays. */
export const asThreadSettings = object({
  threadId: text,
  model: maybe(text),
  effort: maybe(text),
  sandbox: maybe(oneOf(SANDBOX_MODES)),
  /** Whether a turn of its own would refuse a folder that is in no repository. */
  needsRepository: flag,
});
export type ThreadSettings = Read<typeof asThreadSettings>;

/** What `config/read` answers, as far as it decides how `codex exec` would ask. */
export const asConfig = object({
  config: object({
    model: maybe(text),
    model_reasoning_effort: maybe(text),
    sandbox_mode: maybe(oneOf(SANDBOX_MODES)),
    default_permissions: maybe(text),
    permissions: maybe(record),
    projects: maybe(record),
  }),
});
export type Config = Read<typeof asConfig>["config"];

/** Where the turns run. */
export interface Place {
  folder: string;
  /** The repository around it; `linked` if its files are elsewhere, as those of a worktree are. */
  repository: "none" | "plain" | "linked";
}

/** What each request says, so that nothing is left to what the thread remembers. */
export interface Asked {
  model: string | undefined;
  effort: string | undefined;
  sandbox: SandboxMode;
}

/**
 * Returns how `codex exec resume` would ask in this place; undefined if that can't be told for certain: then the turn
 * needs a process of its own.
 *
 * codex 0.171.0: what a request leaves out, `thread/resume` takes from the turn before, its full access included,
 * and `exec` takes from the settings.
 */
export function askedOf(settings: ThreadSettings, config: Config, place: Place): Asked | undefined {
  if (settings.needsRepository && place.repository === "none") return undefined;
  const model = settings.model ?? config.model;
  const effort = settings.effort ?? config.model_reasoning_effort;
  if (config.default_permissions !== undefined || config.permissions !== undefined) return undefined;
  const sandbox = settings.sandbox ?? config.sandbox_mode ?? sandboxByDefault(config, place);
  return sandbox && { model, effort, sandbox };
}

/** codex 0.171.0: read-only, but in a folder that is trusted more; how it finds that out is its own affair. */
function sandboxByDefault({ projects = {} }: Config, { folder, repository }: Place): SandboxMode | undefined {
  const isAround = (project: string) =>
    folder === project || folder.startsWith(`${project.replace(/\/$/, "")}/`);
  return repository === "linked" || Object.keys(projects).some(isAround) ? undefined : "read-only";
}
