import { parseJson } from "../parse-json.ts";
import { record } from "../shape.ts";
import type { Todo } from "./checkpoint.ts";

const TODOS = 40;
const TODO_CHARACTERS = 200;

type Fields = Record<string, unknown>;

/**
 * Returns the to-dos after these lines of a transcript, given those before them; undefined when the lines
 * have none. Claude 2.1.329 writes tasks one by one (TaskCreate, TaskUpdate), older versions the whole list
 * (TodoWrite), and codex 0.169.0 its whole plan (update_plan).
 */
export function todosAfter(lines: Iterable<string>, before: readonly Todo[]): Todo[] | undefined {
  let todos: Todo[] = [...before];
  let hasAny = false;
  const set = (next: Todo[]) => {
    todos = next;
    hasAny = true;
  };
  for (const line of lines) {
    if (!MENTIONED.test(line)) continue;
    const value = record(parseJson(line));
    // Claude 2.1.329 keeps copies of its requests: they repeat earlier messages.
    if (value?.type === "api-request-blob") continue;
    const created = record(record(value?.toolUseResult)?.task);
    if (created !== undefined && isText(created.id) && isText(created.subject)) {
      set(withTask(todos, { id: created.id, text: short(created.subject), isDone: false }));
    }
    for (const { name, input } of calls(value)) {
      if (name === "TodoWrite") set(whole(input.todos, "content"));
      else if (name === "update_plan") set(whole(input.plan, "step"));
      else if (name === "TaskUpdate" && isText(input.taskId)) set(updated(todos, input.taskId, input));
    }
  }
  return hasAny ? todos.slice(-TODOS) : undefined;
}

const MENTIONED = /TodoWrite|update_plan|TaskUpdate|"toolUseResult":\{"task":/;

function withTask(todos: readonly Todo[], task: Todo): Todo[] {
  return todos.some(({ id }) => id === task.id) ? [...todos] : [...todos, task];
}

function updated(todos: readonly Todo[], id: string, { status, subject }: Fields): Todo[] {
  if (status === "deleted") return todos.filter((todo) => todo.id !== id);
  return todos.map((todo) => {
    if (todo.id !== id) return todo;
    const isDone = isText(status) ? status === "completed" : todo.isDone;
    return { ...todo, isDone, text: isText(subject) ? short(subject) : todo.text };
  });
}

function whole(items: unknown, key: string): Todo[] {
  if (!Array.isArray(items)) return [];
  return items.flatMap((item) => {
    const words = record(item)?.[key];
    return isText(words) ? [{ text: short(words), isDone: record(item)?.status === "completed" }] : [];
  });
}

function calls(value: Fields | undefined): { name: unknown; input: Fields }[] {
  const content = record(value?.message)?.content;
  const claude = (Array.isArray(content) ? content : []).flatMap((block) => {
    const { type, name, input } = record(block) ?? {};
    return type === "tool_use" ? [{ name, input: record(input) ?? {} }] : [];
  });
  const payload = record(value?.payload);
  if (payload?.type !== "function_call" || !isText(payload.arguments)) return claude;
  return [...claude, { name: payload.name, input: record(parseJson(payload.arguments)) ?? {} }];
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function short(words: string): string {
  return words.replace(/\s+/g, " ").trim().slice(0, TODO_CHARACTERS).toWellFormed();
}
