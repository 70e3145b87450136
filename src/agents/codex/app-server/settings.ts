import { flag, list, maybe, object, oneOf, type Read, record, text } from "../../../domain/shape.ts";

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
    model_provider: maybe(text),
    model_reasoning_effort: maybe(text),
    sandbox_mode: maybe(oneOf(SANDBOX_MODES)),
    sandbox_workspace_write: maybe(
      object({ writable_roots: maybe(list(text)), network_access: maybe(flag) }),
    ),
    default_permissions: maybe(text),
    permissions: maybe(record),
    projects: maybe(record),
    mcp_servers: maybe(record),
    hooks: maybe(record),
  }),
});
export type Config = Read<typeof asConfig>["config"];

/** What `model/list` answers. */
export const asModels = object({ data: list(object({ model: text, isDefault: maybe(flag) })) });

/** What `thread/resume` answers: how the thread would run a turn now. */
export const asResumed = object({
  model: text,
  modelProvider: text,
  approvalPolicy: text,
  sandbox: object({ type: text, writableRoots: maybe(list(text)), networkAccess: maybe(flag) }),
  runtimeWorkspaceRoots: maybe(list(text)),
});

/** Where the turns run. */
export interface Place {
  folder: string;
  /** The repository around it; `linked` if its files are elsewhere, as those of a worktree are. */
  repository: "none" | "plain" | "linked";
}

/** What each request says, so that nothing is left to what the thread remembers. */
export interface Asked {
  model: string;
  provider: string;
  effort: string | undefined;
  sandbox: SandboxMode;
}

/**
 * Returns how `codex exec resume` would ask in this place; undefined if that can't be told for certain: then the turn
 * needs a process of its own. `defaultModel` is what codex takes where nobody has chosen one.
 *
 * codex 0.171.0: what a request leaves out, `thread/resume` takes from the turn before, its full access included,
 * and `exec` takes from the settings. An effort is taken over only together with the model.
 */
export function askedOf(
  settings: ThreadSettings,
  config: Config,
  place: Place,
  defaultModel: string | undefined,
): Asked | undefined {
  if (settings.needsRepository && place.repository === "none") return undefined;
  if (config.default_permissions !== undefined || config.permissions !== undefined) return undefined;
  const model = settings.model ?? config.model ?? defaultModel;
  const sandbox = settings.sandbox ?? config.sandbox_mode ?? sandboxByDefault(config, place);
  if (model === undefined || sandbox === undefined) return undefined;
  const { model_provider: provider = "openai", model_reasoning_effort: effort } = config;
  return { model, provider, effort: settings.effort ?? effort, sandbox };
}

const POLICIES: Record<SandboxMode, string> = {
  "read-only": "readOnly",
  "workspace-write": "workspaceWrite",
  "danger-full-access": "dangerFullAccess",
};

/** Whether a thread that was resumed does what it was asked, and no more than the settings allow. */
export function isAsAsked(resumed: unknown, asked: Asked, config: Config, folder: string): boolean {
  const found = asResumed(resumed);
  if (found === undefined) return false;
  const { sandbox, runtimeWorkspaceRoots: roots = [folder] } = found;
  const { writable_roots: allowed = [], network_access: mayTalk = false } =
    config.sandbox_workspace_write ?? {};
  const isWorkspace = asked.sandbox === "workspace-write";
  const { writableRoots = [], networkAccess = false } = sandbox;
  return (
    found.model === asked.model &&
    found.modelProvider === asked.provider &&
    found.approvalPolicy === "never" &&
    sandbox.type === POLICIES[asked.sandbox] &&
    writableRoots.every((root) => isWorkspace && allowed.includes(root)) &&
    (!networkAccess || (isWorkspace && mayTalk)) &&
    roots.every((root) => root === folder || allowed.includes(root))
  );
}

/** codex 0.171.0: read-only, but in a folder that is trusted more; how it finds that out is its own affair. */
function sandboxByDefault({ projects = {} }: Config, { folder, repository }: Place): SandboxMode | undefined {
  const isAround = (project: string) =>
    folder === project || folder.startsWith(`${project.replace(/\/$/, "")}/`);
  return repository === "linked" || Object.keys(projects).some(isAround) ? undefined : "read-only";
}
