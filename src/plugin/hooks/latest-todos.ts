import type { Todo } from "../../domain/checkpoint/checkpoint.ts";
import { todosAfter } from "../../domain/checkpoint/todos.ts";
import { readTail } from "../../system/lines/read.ts";

const TAIL_BYTES = 512 * 1024;

/**
 * Returns the to-dos at the end of a transcript, given the earlier ones; undefined if the transcript mentions
 * none.
 */
export function latestTodos(path: string | undefined, before: readonly Todo[] = []): Todo[] | undefined {
  if (path === undefined) return undefined;
  try {
    return todosAfter(
      Array.from(readTail(path, TAIL_BYTES), (line) => line.toString("utf8")),
      before,
    );
  } catch {
    // To-dos are optional: everything else is saved and restored without them.
    return undefined;
  }
}
