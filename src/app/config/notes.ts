import { findKey, shortly } from "../../domain/config/keys.ts";
import { AppError } from "../../domain/errors.ts";
import { settingsCommand } from "../wording.ts";
import { type Examined, KNOWN } from "./examine.ts";
import { refuseBroken } from "./file.ts";

/** A file may have thousands of them. */
const MOST_UNKNOWN = 3;

const UNSET = "Give it another value, or unset it.";

/** @throws AppError `usage` for settings that can't be used as they are */
export function refuseProblems({ user, repository, inForce, wrongVariable }: Examined): void {
  if (wrongVariable !== undefined) throw new AppError("usage", `${wrongVariable}.`, { hint: UNSET });
  if (user !== undefined) refuseBroken(user, "user");
  if (repository !== undefined) refuseBroken(repository, "repository");
  const { problem } = inForce;
  if (problem === undefined) return;
  const { from, text } = problem;
  if (from === "environment")
    throw new AppError("usage", `AGENT_SESSIONS_${text.replace("effort", "EFFORT")}.`, { hint: UNSET });
  const owner = from === "user" ? "user" : "repository";
  const file = owner === "user" ? user : repository;
  if (file?.state === "read") refuseBroken({ ...file, state: "broken", problem: text }, owner);
}

/** Returns what keeps commands from using the settings, in words for people; none if nothing does. */
export function problemsIn(examined: Examined): string[] {
  const { user, repository } = examined;
  const parts: Examined[] = [
    { ...examined, repository: undefined },
    { ...examined, user: undefined },
  ];
  const found = [user, repository].flatMap((file, at) =>
    file?.state === "broken" || file?.state === "refused" ? problemIn(parts[at] ?? examined) : [],
  );
  return found.length > 0 ? found : problemIn(examined);
}

function problemIn(examined: Examined): string[] {
  try {
    refuseProblems(examined);
    return [];
  } catch (error) {
    if (error instanceof AppError) return [error.message];
    throw error;
  }
}

/** Says in one sentence each what is not used, and why. */
export function notesOn({ user, repository, isAllowed, inForce }: Examined): string[] {
  const notes: string[] = [];
  for (const file of [user, repository]) {
    if (file?.state !== "read") continue;
    for (const name of file.unknown.slice(0, MOST_UNKNOWN)) {
      const found = findKey(name, KNOWN);
      const suggestion = "meant" in found && found.meant !== undefined ? ` Did you mean ${found.meant}?` : "";
      notes.push(`${file.path} has a setting that does not exist: ${shortly(name)}.${suggestion}`);
    }
    const others = file.unknown.length - MOST_UNKNOWN;
    if (others > 0) notes.push(`${file.path} has ${others} more settings that do not exist.`);
  }
  if (repository?.state === "refused") notes.push(`${repository.path} ${repository.why}, so it is not used.`);
  if (!isAllowed && inForce.unused.length > 0 && repository !== undefined)
    notes.push(
      `${repository.path} also sets ${inForce.unused.join(", ")}, which is not used: to read and allow it, run: ${settingsCommand("allow")}`,
    );
  return notes;
}
