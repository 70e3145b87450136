import { AGENT, WORKSPACE } from "./common-fields.ts";
import { lineOf } from "./line.ts";
import type { LineError, ToolCall } from "./tool.ts";

/** What a turn would take from its conversation, or from the user's settings where none has begun. */
export interface Known {
  /** Which agent it is; undefined where that is not known, and so no turn begins. */
  agent?: string | undefined;
  access?: string | undefined;
  /** Arguments for the agent, which may allow it more than `access` does. */
  agentArgs: readonly string[];
  /** Why nothing is known: what the turn would take can't be told. */
  failure?: LineError;
}

/** Returns what the conversation of this name remembers; where there is none, what `agent` would begin it with. */
export async function knownOf({ args, run }: Pick<ToolCall, "args" | "run">): Promise<Known> {
  const { json, error } = await run({ argv: lineOf("show", [args.name], [AGENT, WORKSPACE], args) });
  if (json !== undefined)
    return {
      agent: typeof json.agent === "string" ? json.agent : undefined,
      access: typeof json.access === "string" ? json.access : undefined,
      agentArgs: wordsIn(json.agent_args),
    };
  return error?.code === "no_such_name" ? knownOfNew({ args, run }) : { agentArgs: [], ...failed(error) };
}

/** The same for a conversation that begins. */
export async function knownOfNew({ args, run }: Pick<ToolCall, "args" | "run">): Promise<Known> {
  if (args.agent === undefined) return { agentArgs: [] };
  const { json, error } = await run({
    argv: ["config", ...lineOf("get", [`${args.agent}.agent-args`], [WORKSPACE], args)],
  });
  return { agent: String(args.agent), agentArgs: wordsIn(json?.value), ...failed(error) };
}

function failed(failure: LineError | undefined): Pick<Known, "failure"> {
  return failure === undefined ? {} : { failure };
}

function wordsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
