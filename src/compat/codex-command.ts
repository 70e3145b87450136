import type { DraftedCommand, TurnRequest } from "../domain/agent/agent.ts";
import { needsStdin } from "./long-text.ts";

export interface CodexDraft {
  config: readonly string[];
  enable: readonly string[];
  disable: readonly string[];
  image: readonly string[];
  explicitModel: string | undefined;
  fullAuto: boolean;
  bypass: boolean;
  skipGitRepoCheck: boolean;
  /** A role that is put before the prompt in this call. */
  role: string | undefined;
  /** The file that codex writes its last message to; undefined for a stream. */
  messageFile: string | undefined;
}

const ROLE_SENTENCE =
  "Follow this role definition for this request and the surrounding session context unless the user overrides it.";

/** Returns the prompt with a role before it, as the original Codex script does. */
export function withRole(prompt: string, role: string | undefined): string {
  return role === undefined ? prompt : `${ROLE_SENTENCE}\n\n${role}\n\nUser request:\n${prompt}`;
}

/**
 * Returns the command line of the original Codex script, word for word, with one deviation: a prompt of over
 * 120 KB, or one that starts with a dash, is passed over standard input, and `-` takes its place.
 */
export function draftCodex(draft: CodexDraft) {
  return (request: TurnRequest, prompt: string): DraftedCommand => {
    const [file = "codex", ...args] = request.launcher;
    args.push("exec");
    const isResume = request.session.kind === "resume";
    if (isResume) args.push("resume");
    // A model that the name remembers goes to another place than one that is given in this call.
    const isRemembered = draft.explicitModel === undefined && request.model !== undefined;
    if (isRemembered && request.model !== undefined) args.push("--model", request.model);
    for (const value of draft.config) args.push("--config", value);
    for (const value of draft.enable) args.push("--enable", value);
    for (const value of draft.disable) args.push("--disable", value);
    for (const value of draft.image) args.push("--image", value);
    if (draft.explicitModel !== undefined) args.push("--model", draft.explicitModel);
    if (draft.fullAuto) args.push("--full-auto");
    if (draft.bypass) args.push("--dangerously-bypass-approvals-and-sandbox");
    if (draft.skipGitRepoCheck) args.push("--skip-git-repo-check");
    if (request.session.kind === "resume") args.push(request.session.sessionId);
    args.push("--json");
    if (draft.messageFile !== undefined) args.push("-o", draft.messageFile);
    const whole = withRole(prompt, draft.role);
    const overStdin = needsStdin(whole);
    args.push(overStdin ? "-" : whole);
    const temporaryFiles = draft.messageFile === undefined ? [] : [draft.messageFile];
    return { file, args, stdin: overStdin ? whole : "", temporaryFiles };
  };
}
