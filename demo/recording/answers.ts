import type { Reply } from "../../test/support/loopback/model.ts";
import type { ReceivedRequest } from "../../test/support/loopback/received.ts";
import { codeIn, FORGOT, find, read } from "../answers.ts";
import { PROMPTS } from "./scene.ts";

const RELEASE = /release is called \w+/;

/** The model, in answers that fit on a row. Like that of the demo, it knows only what is in the request at hand. */
export function answer(request: ReceivedRequest, files: readonly string[]): Reply {
  const release = find(request.userMessages, RELEASE);
  const code = codeIn(request);
  const [rounding, summing] = [/function (\w+)[^}]*Math\.round/, /function (\w+)[^}]*reduce/].map(
    (pattern) => pattern.exec(code)?.[1],
  );
  const prompt = request.userMessages.at(-1);
  if (prompt === PROMPTS.first && request.toolRounds === 0) return read(files);
  if (release === undefined || rounding === undefined || summing === undefined) return FORGOT;
  switch (prompt) {
    case PROMPTS.first:
      return `I have read ${rounding} and ${summing}, and I know that this ${release}.`;
    case PROMPTS.second:
      return `The ${release}, and prices are rounded by ${rounding}.`;
    case PROMPTS.fork:
      return `${rounding} rounds each price before ${summing} adds them up: so the errors add up, too.`;
    default:
      return FORGOT;
  }
}
