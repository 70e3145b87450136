import type { Reply } from "../test/support/loopback/model.ts";
import type { ReceivedRequest } from "../test/support/loopback/received.ts";

/** What the people of this demo say. Each second prompt asks for something that only the first one holds. */
export const PROMPTS = {
  claude: {
    first: "Read src/ and remember: this release is called banana.",
    second: "What is the release called, and which function rounds the prices?",
  },
  codex: {
    first: "Plan it in one line: round the prices half to even. The ticket is SHOP-42.",
    second: "Write the commit message for it.",
  },
};

const RELEASE = /release is called \w+/;
const CHANGE = /round .*? to \w+/;
const TICKET = /[A-Z]+-\d+/;

export const FORGOT = "I don't know: nothing of that is in what I was sent.";

/**
 * The model. It has no memory: every fact in its answers is looked up in the request at hand, so an agent that
 * was started afresh gets an "I don't know".
 */
export function answer(request: ReceivedRequest, files: readonly string[]): Reply {
  const prompts = request.userMessages;
  switch (prompts.at(-1)) {
    case PROMPTS.claude.first:
      return request.toolRounds === 0 ? read(files) : reportReading(request);
    case PROMPTS.claude.second:
      return recall(request);
    case PROMPTS.codex.first:
      return `I would ${find(prompts, CHANGE) ?? "do nothing"} in a single place, and add a test.`;
    case PROMPTS.codex.second: {
      const [change, ticket] = [find(prompts, CHANGE), find(prompts, TICKET)];
      return change === undefined || ticket === undefined ? FORGOT : `${ticket}: ${change}`;
    }
    default:
      return FORGOT;
  }
}

export function read(files: readonly string[]): Reply {
  const toolCalls = files.map((file) => ({ name: "Read", args: { file_path: file } }));
  return { toolCalls, next: FORGOT };
}

function reportReading(request: ReceivedRequest): Reply {
  const code = codeIn(request);
  const functions = [...code.matchAll(/function (\w+)/g)].map((match) => match[1]);
  const release = find(request.userMessages, RELEASE) ?? "release has no name";
  // The agent reads both files at once: which one is done first is chance.
  return `I have read ${functions.sort().join(" and ")}. And I will remember that this ${release}.`;
}

function recall(request: ReceivedRequest): Reply {
  const release = find(request.userMessages, RELEASE);
  const rounding = /function (\w+)[^}]*Math\.round/.exec(codeIn(request))?.[1];
  if (release === undefined || rounding === undefined) return FORGOT;
  return `The ${release}, and prices are rounded by ${rounding}.`;
}

/** Everything the agent's tools have brought to light in this conversation. */
export function codeIn(request: ReceivedRequest): string {
  const results = request.messages.filter((message) => message.role === "tool");
  return results.map((message) => message.text).join("\n");
}

export function find(texts: readonly string[], pattern: RegExp): string | undefined {
  return texts.map((text) => pattern.exec(text)?.[0]).find((found) => found !== undefined);
}
