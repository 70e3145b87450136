import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { DraftedCommand, TurnRequest } from "../domain/agent.ts";
import { findTempRoot } from "../system/temp-root.ts";
import { draftClaude } from "./claude-command.ts";
import { draftCodex } from "./codex-command.ts";
import { quotePowerShell } from "./powershell.ts";
import type { Prepared } from "./prepare.ts";
import type { Script } from "./script.ts";

export type Draft = (request: TurnRequest, prompt: string) => DraftedCommand;

export interface DraftOptions {
  stage: "create" | "json" | "stream";
  /** Codex: a role that goes before the prompt of this call. */
  promptRole?: string | undefined;
  /** Codex 0.169.0 knows `--full-auto` no more; what it meant is a setting. */
  isFullAutoGone?: boolean;
}

export interface Drafted {
  draft: Draft;
  /** Codex: where the last message will be. */
  messageFile: string | undefined;
}

/** How the agent's command line is drawn up for one stage of a script. */
export function draftFor(script: Script, prepared: Prepared, options: DraftOptions): Drafted {
  if (script.tool === "claude") {
    const output = options.stage === "stream" ? "stream-json" : "json";
    return {
      draft: draftClaude({ output, includePartials: script.has("include_partials") }),
      messageFile: undefined,
    };
  }
  const messageFile = options.stage === "stream" ? undefined : newMessageFile(script, options.stage);
  const isFullAuto = script.has("full_auto");
  const draft = draftCodex({
    config: [...script.list("config"), ...(isFullAuto && options.isFullAutoGone ? [FULL_AUTO_SETTING] : [])],
    enable: script.list("enable"),
    disable: script.list("disable"),
    image: script.list("image"),
    explicitModel: prepared.model,
    fullAuto: isFullAuto && options.isFullAutoGone !== true,
    bypass: script.has("bypass"),
    skipGitRepoCheck: script.has("skip_git_repo_check"),
    role: options.promptRole,
    messageFile,
  });
  return { draft: prepared.isPowerShell ? quoted(draft) : draft, messageFile };
}

const FULL_AUTO_SETTING = 'sandbox_mode="workspace-write"';

/** Quotes what follows the launcher's words: PowerShell makes one script of it all. */
function quoted(draft: Draft): Draft {
  return (request, prompt) => {
    const drafted = draft(request, prompt);
    const own = request.launcher.length - 1;
    return { ...drafted, args: drafted.args.map((arg, index) => (index < own ? arg : quotePowerShell(arg))) };
  };
}

/** A name for codex to write to; random, because the temporary folder is everybody's. */
function newMessageFile(script: Script, stage: "create" | "json"): string {
  const kind = stage === "create" ? "create" : "resume";
  const folder = findTempRoot(script.io.env, script.io.cwd);
  return join(folder, `codex-persist-${kind}-${randomBytes(8).toString("hex")}.txt`);
}
