import { SNAPSHOT_OPTION } from "../agents/claude/snapshot.ts";
import type { DraftedCommand, TurnRequest } from "../domain/agent/agent.ts";
import { needsStdin } from "./long-text.ts";

export interface ClaudeDraft {
  output: "json" | "stream-json";
  includePartials: boolean;
}

/**
 * Returns the command line of the original Claude script, word for word, with these deviations:
 *
 * - a prompt of over 120 KB, or one that starts with a dash, is passed over standard input: it would be too
 *   long for an argument, or be read as an option
 * - `--verbose` comes with every stream: claude 2.1.329 refuses `stream-json` without it
 * - the role of a conversation is given on every turn, because older versions forget it; a role that is too
 *   long for an argument, or starts with a dash, is passed as a file; a role that was changed since the
 *   conversation began is given with `--system-prompt-snapshot off`, without which claude would use the role
 *   that it has recorded
 */
export function draftClaude({ output, includePartials }: ClaudeDraft) {
  return (request: TurnRequest, prompt: string): DraftedCommand => {
    const [file = "claude", ...args] = request.launcher;
    const overStdin = needsStdin(prompt);
    args.push("-p");
    if (!overStdin) args.push(prompt);
    const resume = request.session.kind === "resume" ? ["--resume", request.session.sessionId] : [];
    const format = ["--output-format", output];
    args.push(...(output === "json" ? [...resume, ...format] : [...format, ...resume]));
    const { role } = request;
    if (request.isRoleFrozen) args.push(SNAPSHOT_OPTION, "off");
    if (role !== undefined && role.text !== "") {
      if (needsStdin(role.text)) args.push("--append-system-prompt-file", role.path);
      else args.push("--append-system-prompt", role.text);
    }
    if (request.model !== undefined) args.push("--model", request.model);
    if (request.effort !== undefined) args.push("--effort", request.effort);
    if (output === "stream-json") args.push("--verbose");
    if (includePartials) args.push("--include-partial-messages");
    return { file, args, stdin: overStdin ? prompt : "", temporaryFiles: [] };
  };
}
