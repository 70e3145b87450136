import { AGENT, NAME, WORKSPACE } from "../../mcp/common-fields.ts";
import { lineOf, type Option } from "../../mcp/line.ts";
import type { LineResult } from "../../mcp/tool.ts";
import type { Call, Route } from "./route.ts";

const required = (option: Option): Option => ({ ...option, isRequired: true });

/** Which conversation is meant. The page always knows all of it. */
export const CONVERSATION = [NAME, required(AGENT), required(WORKSPACE)];
export const PLACE = [AGENT, WORKSPACE];

const text = (name: string, more: Partial<Option> = {}): Option => ({
  name,
  type: "string",
  description: "",
  ...more,
});

/** How many turns of a conversation the page shows at first. */
const LAST = text("last", { description: "How many turns, counted from the last one; all if it is absent." });

const overview: Route = {
  path: "overview",
  method: "GET",
  fields: [text("first", { choices: ["yes"], description: "Whether the page has nothing yet." })],
  answer: ({ args: { first }, firstScreen }) => firstScreen.answer({ isFirst: first === "yes" }),
};

/** Waits until the first screen has a reason to be asked for again. */
const changes: Route = {
  path: "changes",
  method: "GET",
  fields: [text("seen", { isRequired: true, description: "The count that the first screen has told." })],
  answer: async ({ args: { seen }, changes }) => ({ json: { changes: await changes.after(Number(seen)) } }),
};

const conversation: Route = {
  path: "conversation",
  method: "GET",
  fields: [...CONVERSATION, LAST],
  async answer({ args, run }) {
    const show = await run({ argv: lineOf("show", [args.name], PLACE, args) });
    if (show.error !== undefined) return show;
    const history = await run({ argv: lineOf("history", [args.name], [...PLACE, LAST], args) });
    return history.error === undefined ? { json: { show: show.json, history: history.json } } : history;
  },
};

const gate: Route = {
  path: "gate",
  method: "GET",
  fields: [text("id", { isRequired: true }), required(WORKSPACE)],
  answer: ({ args, run }) => run({ argv: lineOf("gate", [args.id], [WORKSPACE], args) }),
};

const family: Route = {
  path: "family",
  method: "GET",
  fields: [],
  answer: ({ run }) => run({ argv: ["list", "--all", "--tree"] }),
};

const BY = text("by", { isRequired: true, choices: ["day", "agent", "name"] });
const SINCE = text("since", { description: "A date, or how long ago." });

const costs: Route = {
  path: "costs",
  method: "GET",
  fields: [BY, SINCE],
  answer: ({ args, run }) => run({ argv: [...lineOf("cost", [], [BY, SINCE], args), "--all"] }),
};

const search: Route = {
  path: "search",
  method: "GET",
  fields: [text("words", { isRequired: true, isText: true })],
  answer: searchAll,
};

function searchAll({ args, run }: Call): Promise<LineResult> {
  return run({ argv: ["search", "--", ...wordsIn(String(args.words))] });
}

/** Returns words as people type them for a search: what is in quotes is one. */
function wordsIn(text: string): string[] {
  return [...text.matchAll(/"([^"]+)"|\S+/g)].map(([word, phrase]) => phrase ?? word);
}

/** What only reads. */
export const LOOKING = [overview, changes, conversation, gate, family, costs, search];
