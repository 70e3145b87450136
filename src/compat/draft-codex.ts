import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { findTempRoot } from "../system/places/temp.ts";
import { needsStdin } from "./draft.ts";
import type { DraftFor, Script } from "./run/invocation.ts";

const ROLE_SENTENCE =
  "Follow this role definition for this request and the surrounding session context unless the user overrides it.";
const FULL_AUTO_SETTING = 'sandbox_mode="workspace-write"';

/**
 * Drafts the command line of the original Codex script, word for word, with one deviation: a prompt of over
 * 120 KB, or one that starts with a dash, is passed over standard input, and `-` takes its place.
 */
export const draftForCodex: DraftFor = (script, prepared, options) => {
  const { stage, prompt, promptRole, isFullAutoGone = false } = options;
  const messageFile = stage === "stream" ? undefined : newMessageFile(script, stage);
  const isFullAuto = script.has("full_auto");
  // The original script puts a role before the prompt.
  const whole =
    promptRole === undefined ? prompt : `${ROLE_SENTENCE}\n\n${promptRole}\n\nUser request:\n${prompt}`;
  const overStdin = needsStdin(whole);
  return {
    messageFile,
    command: ({ launcher: [file = "codex", ...launcherArgs], session, model }) => {
      const args = ["exec"];
      if (session.kind === "resume") args.push("resume");
      // A model that the name remembers goes to another place than one that is given in this call.
      if (prepared.model === undefined && model !== undefined) args.push("--model", model);
      for (const value of script.list("config")) args.push("--config", value);
      if (isFullAuto && isFullAutoGone) args.push("--config", FULL_AUTO_SETTING);
      for (const value of script.list("enable")) args.push("--enable", value);
      for (const value of script.list("disable")) args.push("--disable", value);
      for (const value of script.list("image")) args.push("--image", value);
      if (prepared.model !== undefined) args.push("--model", prepared.model);
      if (isFullAuto && !isFullAutoGone) args.push("--full-auto");
      if (script.has("bypass")) args.push("--dangerously-bypass-approvals-and-sandbox");
      if (script.has("skip_git_repo_check")) args.push("--skip-git-repo-check");
      if (session.kind === "resume") args.push(session.sessionId);
      args.push("--json");
      if (messageFile !== undefined) args.push("-o", messageFile);
      args.push(overStdin ? "-" : whole);
      return {
        file,
        // PowerShell joins the launcher's words and all others into one script.
        args: [...launcherArgs, ...(prepared.isPowerShell ? args.map(quotePowerShell) : args)],
        stdin: overStdin ? whole : "",
        ...(messageFile === undefined ? {} : { temporaryFiles: [messageFile] }),
      };
    },
  };
};

/**
 * Returns a text as a PowerShell literal. pwsh joins the words after `-Command` into one script, so an
 * argument without quotes would be run as code. PowerShell treats curly quotes as quotes too.
 */
export function quotePowerShell(text: string): string {
  return `'${text.replace(/['\u2018\u2019\u201a\u201b]/g, "$&$&")}'`;
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
