import { dirname } from "node:path";
import { AppError } from "../../domain/errors.ts";
import { splitWords } from "../../domain/words.ts";
import { stateError } from "../../system/errors.ts";
import { removeFile } from "../../system/files/folder.ts";
import { isPlainFile } from "../../system/files/read.ts";
import { createFile, makeFolder } from "../../system/files/write.ts";
import { findExecutable } from "../../system/processes/executable.ts";
import { runInTerminal } from "../../system/processes/in-terminal.ts";
import { settingsCommand } from "../wording.ts";
import { configPathOf } from "./change.ts";
import { KNOWN } from "./examine.ts";
import { readConfigFile, refuseBroken } from "./file.ts";
import type { ConfigQuery, Owner } from "./places.ts";

/** What a new settings file begins with. */
const TEMPLATE = `# Settings of agent-sessions. See all of them with: ${settingsCommand("list")}
#
# agent = "claude"
# access = "read-only"
#
# [codex]
# effort = "high"
`;

const HINT = "Choose another one with VISUAL or EDITOR.";

/**
 * Opens a settings file in the user's editor, in the terminal of this process, and checks it afterwards.
 *
 * @throws AppError `usage` for a file that can't be read as it was saved, and where no editor can be started
 */
export async function editConfig(query: ConfigQuery, owner: Owner): Promise<void> {
  const { env, uid } = query;
  const path = configPathOf(query, owner);
  const known = { uid, agents: KNOWN };
  const before = await readConfigFile(path, owner, known);
  if (before.state === "refused") {
    refuseBroken(before, owner);
    throw new AppError("usage", `The file ${path} ${before.why}, so it is not opened.`, {
      hint: "Move it away, or mend it.",
    });
  }
  if (before.state === "absent") createWith(path);
  const [editor = "vi", ...args] = splitWords(env.VISUAL?.trim() || env.EDITOR || "vi");
  const file = findExecutable(editor, env.PATH ?? "", query.workspace);
  if (file === undefined)
    throw new AppError("usage", `The editor ${JSON.stringify(editor)} was not found or is not executable.`, {
      hint: HINT,
    });
  const exit = await runInTerminal(
    { file, args: [...args, path] },
    { cwd: query.workspace, env: { ...env } },
  );
  if (exit.code !== 0)
    throw new AppError("usage", `The editor ${editor} ended with ${exit.code ?? exit.signal}.`, {
      hint: HINT,
    });
  const after = await readConfigFile(path, owner, known);
  refuseBroken(after, owner);
  const isUnused = before.state === "absent" && after.state === "read" && after.text === TEMPLATE;
  if (isUnused) removeFile(path);
}

function createWith(path: string): void {
  try {
    makeFolder(dirname(path));
    if (!isPlainFile(path)) createFile(path, TEMPLATE);
  } catch (error) {
    throw stateError(error, "write", path);
  }
}
