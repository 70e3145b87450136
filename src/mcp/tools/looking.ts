import { searchWords } from "../../domain/search/words.ts";
import { AGENT, EVERYWHERE, NAME, TURN_ID, WORKSPACE } from "../common-fields.ts";
import { lineOf, type Option } from "../line.ts";
import type { Tool, ToolCall } from "../tool.ts";
import { answerOf, failed, WORDS_OF_OTHERS } from "./answers.ts";

const ONLY_READS = { readOnlyHint: true, destructiveHint: false, openWorldHint: false, idempotentHint: true };
const { isRequired: _, ...OPTIONAL_NAME } = NAME;

/** A tool that shows what a command says, and changes nothing. */
function looking(
  tool: Pick<Tool, "name" | "title" | "description"> & { fields: readonly Option[] },
  {
    shape = (view) => view,
    within = (args) => args,
  }: {
    /** Makes the answer of what the command says. */
    shape?: (view: Record<string, unknown>) => Record<string, unknown>;
    /** Bounds what is asked for. */
    within?: (args: ToolCall["args"]) => ToolCall["args"];
  } = {},
): Tool {
  const { fields, ...rest } = tool;
  const options = fields.filter(({ name }) => name !== NAME.name);
  return {
    ...rest,
    fields,
    hints: ONLY_READS,
    async call({ args, run }) {
      const { json = {}, error } = await run({ argv: lineOf(rest.name, [args.name], options, within(args)) });
      return error === undefined ? answerOf({ json: shape(json) }) : failed(error);
    },
  };
}

export const status = looking({
  name: "status",
  title: "Turns that have not ended",
  description: "Shows which turns run or wait, since when, and what each does.",
  fields: [OPTIONAL_NAME, AGENT, WORKSPACE, EVERYWHERE],
});

const MOST_NAMES = 50;

export const list = looking(
  {
    name: "list",
    title: "Named conversations",
    description: `Lists the names of the workspace, the last used first, at most ${MOST_NAMES}, with agent, state and the beginnings of the last prompt and answer.`,
    fields: [
      { ...AGENT, description: "Only the names of this agent." },
      WORKSPACE,
      EVERYWHERE,
      {
        name: "grep",
        type: "string",
        description: "Only names that contain this text; with * or ?, that match this pattern.",
      },
      { name: "limit", type: "integer", least: 1, description: `How many, at most ${MOST_NAMES}.` },
    ],
  },
  { within: (args) => ({ ...args, limit: atMost(args.limit, MOST_NAMES, MOST_NAMES) }) },
);

export const show = looking(
  {
    name: "show",
    title: "A conversation",
    description:
      "Shows a conversation: its agent, model, role, access, whether it is busy, its last turn, and what it has used.",
    fields: [NAME, AGENT, WORKSPACE],
  },
  { shape: (view) => ({ note: WORDS_OF_OTHERS, ...view, last_turn: view.last_turn && cut(view.last_turn) }) },
);

/** How many turns `history` shows unless it is asked for more. */
const LAST = 10;
const MOST_TURNS = 50;

export const history = looking(
  {
    name: "history",
    title: "What was said in a conversation",
    description: `Shows the last turns of a conversation, oldest first: ${LAST} unless last says another number. Long texts are cut.`,
    fields: [
      NAME,
      { name: "last", type: "integer", least: 1, description: `How many turns, at most ${MOST_TURNS}.` },
      AGENT,
      WORKSPACE,
    ],
  },
  {
    within: (args) => ({ ...args, last: atMost(args.last, MOST_TURNS, LAST) }),
    shape: ({ turns, not_shown: _, ...view }) => ({
      ...view,
      note: WORDS_OF_OTHERS,
      turns: Array.isArray(turns) ? turns.map(cut) : [],
    }),
  },
);

const USUAL_HITS = 20;
const MOST_HITS = 50;

/** What is sought is one text here: no client of today has a field for a list of words. */
export const search: Tool = {
  name: "search",
  title: "Where something was said",
  description:
    "Finds the turns of all named conversations whose prompt and answer have all of the words, the newest first, with name, folder, agent, time, turn and the place in the text. history shows more of a conversation.",
  fields: [
    {
      name: "words",
      type: "string",
      isRequired: true,
      description:
        'The words, with blanks between them; a phrase stands in double quotes: rounding "half up".',
    },
    { ...AGENT, description: "Only conversations of this agent." },
    { ...WORKSPACE, description: "Only conversations of this folder, absolute. Default: of all folders." },
    {
      name: "since",
      type: "string",
      description: "Only what was said since then: a date such as 2026-11-01, or 7d for the last seven days.",
    },
    { name: "limit", type: "integer", least: 1, description: `How many, at most ${MOST_HITS}.` },
  ],
  hints: ONLY_READS,
  async call({ args, run }) {
    const options = search.fields.filter(({ name }) => name !== "words");
    const asked = { ...args, limit: atMost(args.limit, MOST_HITS, USUAL_HITS) };
    const { json = {}, error } = await run({
      argv: lineOf("search", searchWords(String(args.words)), options, asked),
    });
    return error === undefined ? answerOf({ json: { note: WORDS_OF_OTHERS, ...json } }) : failed(error);
  },
};

export const cost = looking({
  name: "cost",
  title: "What turns have used",
  description:
    "Adds up the tokens, and the dollars where agents tell them, of a conversation or of the workspace.",
  fields: [
    OPTIONAL_NAME,
    {
      name: "by",
      type: "string",
      choices: ["name", "day", "turn", "model", "agent", "workspace"],
      description: "One line for each of these. Default: name.",
    },
    {
      name: "since",
      type: "string",
      description: "Only turns since then: a date such as 2026-11-01, or 7d for the last seven days.",
    },
    AGENT,
    WORKSPACE,
    EVERYWHERE,
  ],
});

/** Only people answer gates, and in a terminal: there is no tool for it, and `shows`, which asks, is no argument. */
export const gates: Tool = {
  name: "gates",
  title: "What waits for a person",
  description:
    "Shows the gates at which scripts wait until a person has approved a text: all of the folder, or with id one and the text that it shows. No tool answers a gate; tell the user what waits.",
  fields: [
    { name: "id", type: "string", description: "The id of a gate, such as release-7/plan." },
    WORKSPACE,
    EVERYWHERE,
  ],
  hints: ONLY_READS,
  async call({ args, run }) {
    const [verb = "", ...rest] = lineOf("gate", [args.id], [WORKSPACE, EVERYWHERE], args);
    const { json, error } = await run({
      argv: args.id === undefined ? [verb, "list", ...rest] : [verb, ...rest],
    });
    return error === undefined ? answerOf({ json: cut(json ?? {}) as typeof json }) : failed(error);
  },
};

export const cancel: Tool = {
  ...looking({
    name: "cancel",
    title: "End a turn",
    description:
      "Ends a turn and all that it has started. Nothing else ends a turn: not the end of a call, and not yours.",
    fields: [NAME, TURN_ID, AGENT, WORKSPACE],
  }),
  hints: { readOnlyHint: false, destructiveHint: true, openWorldHint: false, idempotentHint: true },
};

function atMost(asked: unknown, most: number, usual: number): number {
  return typeof asked === "number" ? Math.min(asked, most) : usual;
}

/** A text above this is cut: a model that wants all of it can read the transcript. */
const MOST_CHARACTERS = 4_000;

/** Cuts the texts of a turn. */
function cut(turn: object): object {
  const pieces = Object.entries(turn).map(([key, value]) => {
    if (typeof value !== "string" || value.length <= MOST_CHARACTERS) return [key, value];
    return [key, `${value.slice(0, MOST_CHARACTERS)} … (${value.length} characters in all)`];
  });
  return Object.fromEntries(pieces);
}
