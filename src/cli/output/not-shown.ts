import type { NotShownIn } from "../../app/tell/history.ts";
import { quoteWord } from "../../domain/words.ts";

/** Describes what a history leaves out, and where to find it. */
export function describeNotShown({ kind, exchanges, name, transcript, at }: NotShownIn): string {
  const source = name === undefined ? transcript : `agent-sessions history ${quoteWord(name)}`;
  const see = source === undefined ? "" : `; see ${source}`;
  const isOne = exchanges === 1;
  const count = `${exchanges} ${isOne ? "exchange" : "exchanges"}`;
  const left = isOne ? "is not shown" : "are not shown";
  if (kind === "before_fork")
    return exchanges === undefined
      ? `What was said before the fork is not shown${see}`
      : `${count} from before the fork ${left}${see}`;
  if (exchanges === undefined) {
    const why = transcript === undefined ? ": the transcript is gone" : see;
    return `What else was said outside agent-sessions can't be told${why}`;
  }
  const where = at === undefined ? ", before, between or after these turns," : "";
  return `${count} outside agent-sessions${where} ${left}${see}`;
}
