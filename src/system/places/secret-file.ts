import { constants, fstatSync, readFileSync } from "node:fs";
import { AppError } from "../../domain/errors.ts";
import { stateError } from "../errors.ts";
import { withFile } from "../files/read.ts";

/**
 * Reads a file that holds a secret, which a variable names. Links are followed: containers hand out secrets as links.
 *
 * @throws AppError `usage` if there is no such file, or if others than its owner may use it; `state_unreadable`
 */
export function readPrivateFile(path: string, variable: string): Buffer {
  let found: { mode: number; contents: Buffer } | undefined;
  try {
    found = withFile(
      path,
      (descriptor) => ({ mode: fstatSync(descriptor).mode & 0o777, contents: readFileSync(descriptor) }),
      constants.O_RDONLY,
    );
  } catch (error) {
    throw stateError(error, "read", path);
  }
  if (found === undefined)
    throw new AppError("usage", `${variable} names ${path}, and there is no such file.`, {
      hint: "Correct the path, or unset the variable.",
    });
  if ((found.mode & 0o077) === 0) return found.contents;
  const mode = found.mode.toString(8).padStart(4, "0");
  throw new AppError("usage", `The file ${path} of ${variable} holds a secret, and its mode is ${mode}.`, {
    hint: `Keep others out of it with \`chmod 600\`.`,
  });
}
