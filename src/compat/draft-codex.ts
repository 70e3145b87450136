import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { findTempRoot } from "../system/places/temp.ts";
import { draftCodex } from "./codex-command.ts";
import type { Draft } from "./draft.ts";
import { quotePowerShell } from "./powershell.ts";
import type { DraftFor, Script } from "./run/invocation.ts";

export const draftForCodex: DraftFor = (script, prepared, options) => {
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
};

const FULL_AUTO_SETTING = 'sandbox_mode="workspace-write"';

/** Quotes the arguments after the launcher's words, because PowerShell joins them all into one script. */
function quoted(draft: Draft): Draft {
  return (request, prompt) => {
    const drafted = draft(request, prompt);
    const own = request.launcher.length - 1;
    return { ...drafted, args: drafted.args.map((arg, index) => (index < own ? arg : quotePowerShell(arg))) };
  };
}

/**
 * Returns a file name for codex to write to. It is random because every user can write to the temporary
 * folder.
 */
function newMessageFile(script: Script, stage: "create" | "json"): string {
  const kind = stage === "create" ? "create" : "resume";
  const folder = findTempRoot(script.io.env, script.io.cwd);
  return join(folder, `codex-persist-${kind}-${randomBytes(8).toString("hex")}.txt`);
}
