import type { Todo } from "../../domain/checkpoint/checkpoint.ts";
import { todosAfter } from "../../domain/checkpoint/todos.ts";
import { readTail } from "../../system/lines/read.ts";

const TAIL_BYTES = 512 * 1024;

/** The to-dos at the end of a transcript, given those before; undefined where it says nothing of any. */
export function latestTodos(path: string | undefined, before: readonly Todo[] = []): Todo[] | undefined {
  if (path === undefined) return undefined;
  try {
    return todosAfter(
      Array.from(readTail(path, TAIL_BYTES), (line) => line.toString("utf8")),
      before,
    );
  } catch {
    // To-dos are a bonus: the rest is saved and restored without them.
    return undefined;
  }
}
