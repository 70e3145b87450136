import { isAbsolute, relative } from "node:path";
import type { Access } from "../../domain/agent/access.ts";
import { list, maybe, object, type Read, text } from "../../domain/shape.ts";

/** What an agent asks for, as ACP 1 words it. */
export const asPermissionRequest = object({
  toolCall: object({
    toolCallId: maybe(text),
    kind: maybe(text),
    title: maybe(text),
    locations: maybe(list(object({ path: text }))),
  }),
  options: list(object({ optionId: text, kind: maybe(text) })),
});

type PermissionRequest = Read<typeof asPermissionRequest>;

/** Kinds of tools, as ACP 1 has them. All others, such as `execute`, `fetch` and `switch_mode`, need `full`. */
const READING = ["read", "search", "think"];
const WRITING = ["edit", "delete", "move"];

/** Whether an access allows a tool of this kind in these files. Without an access nothing is allowed: nobody can be asked. */
export function mayUse(
  access: Access | undefined,
  kind: string,
  paths: readonly string[],
  folder: string,
): boolean {
  if (access === undefined) return false;
  if (access === "full" || READING.includes(kind)) return true;
  // Who does not say which files it means may mean any.
  const isNamed = paths.length > 0 && paths.every((path) => isInside(path, folder));
  return access === "edit" && WRITING.includes(kind) && isNamed;
}

/** Returns ACP's answer to a request for permission: for this once, where the agent offers that. */
export function outcomeOf({ options }: PermissionRequest, isAllowed: boolean): object {
  const kinds = isAllowed ? ["allow_once", "allow_always"] : ["reject_once", "reject_always"];
  const found = kinds.map((kind) => options.find((option) => option.kind === kind)).find(Boolean);
  return { outcome: found ? { outcome: "selected", optionId: found.optionId } : { outcome: "cancelled" } };
}

function isInside(path: string, folder: string): boolean {
  const way = isAbsolute(path) ? relative(folder, path) : path;
  return way !== ".." && !way.startsWith("../") && !isAbsolute(way);
}
