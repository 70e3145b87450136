import { SNAPSHOT_OPTION } from "../agents/claude/snapshot.ts";
import { needsStdin } from "./draft.ts";
import type { DraftFor } from "./run/invocation.ts";

/**
 * Drafts the command line of the original Claude script, word for word, with these deviations:
 *
 * - a prompt of over 120 KB, or one that starts with a dash, is passed over standard input: it would be too
 *   long for an argument, or be read as an option
 * - `--verbose` comes with every stream: claude 2.1.329 refuses `stream-json` without it
 * - the role of a conversation is given on every turn, because older versions forget it; a role that is too
 *   long for an argument, or starts with a dash, is passed as a file; a role that was changed since the
 *   conversation began is given with `--system-prompt-snapshot off`, without which claude would use the role
 *   that it has recorded
 */
export const draftForClaude: DraftFor = (script, _, { stage, prompt }) => ({
  command: (request) => {
    const [file = "claude", ...args] = request.launcher;
    const isStream = stage === "stream";
    const overStdin = needsStdin(prompt);
    args.push("-p");
    if (!overStdin) args.push(prompt);
    const resume = request.session.kind === "resume" ? ["--resume", request.session.sessionId] : [];
    const format = ["--output-format", isStream ? "stream-json" : "json"];
    args.push(...(isStream ? [...format, ...resume] : [...resume, ...format]));
    const { role } = request;
    if (request.isRoleFrozen) args.push(SNAPSHOT_OPTION, "off");
    if (role !== undefined && role.text !== "") {
      if (needsStdin(role.text)) args.push("--append-system-prompt-file", role.path);
      else args.push("--append-system-prompt", role.text);
    }
    if (request.model !== undefined) args.push("--model", request.model);
    if (request.effort !== undefined) args.push("--effort", request.effort);
    if (isStream) args.push("--verbose");
    if (script.has("include_partials")) args.push("--include-partial-messages");
    return { file, args, stdin: overStdin ? prompt : "" };
  },
});
