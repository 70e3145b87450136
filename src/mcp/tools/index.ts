import type { Tool } from "../tool.ts";
import { consult, create, fork, send } from "./asking.ts";
import { cancel, cost, gates, history, list, search, show, status } from "./looking.ts";
import { wait } from "./waiting.ts";

/** All tools, in the order in which clients list them. */
export const TOOLS: readonly Tool[] = [
  send,
  wait,
  consult,
  create,
  fork,
  status,
  list,
  show,
  history,
  search,
  cost,
  gates,
  cancel,
];

/** Those that begin and end nothing. */
export const READING_TOOLS = TOOLS.filter(({ hints }) => hints.readOnlyHint);
