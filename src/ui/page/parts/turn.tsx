import { durationOf, momentOf, usageOf } from "../text/format.ts";
import { plain } from "../text/plain.ts";
import type { NotShown, PastTurn } from "../types.ts";
import { Words } from "./words.tsx";

/** What is as expected is not said. */
const EXPECTED = ["native", "new", "forked"];

/** One prompt, and what came of it. */
export function Turn({ turn }: { turn: PastTurn }) {
  const { prompt, text, outcome, continuity, started_at, ended_at, usage, model, error } = turn;
  return (
    <article class="turn" aria-label={`A turn of ${momentOf(started_at)}`}>
      <Prompt text={prompt} />
      {text === "" ? null : <Words text={text} />}
      {error === null ? null : (
        <div class="notice">
          <p>{plain(error.message)}</p>
          {error.hint === null ? null : <p class="dim">{plain(error.hint)}</p>}
        </div>
      )}
      <p class="meta">
        <time dateTime={started_at}>{momentOf(started_at)}</time>
        {outcome === "succeeded" ? null : <span class="failed">{outcome.replaceAll("_", " ")}</span>}
        {EXPECTED.includes(continuity) ? null : <span>{continuity}</span>}
        <span>took {durationOf(started_at, ended_at)}</span>
        <span>{usageOf(usage)}</span>
        {model === null ? null : <span>{plain(model)}</span>}
      </p>
    </article>
  );
}

export function Prompt({ text }: { text: string }) {
  return (
    <p class="prompt" dir="auto">
      <span class="hidden-words">You asked: </span>
      {plain(text)}
    </p>
  );
}

/** What was said elsewhere in the same conversation: in a window, or before a fork. */
export function Elsewhere({ gap }: { gap: NotShown }) {
  const { said, kind, name } = gap;
  const where =
    kind === "before_fork"
      ? `copied ${name === null ? "from another conversation" : `from ${plain(name)}`}`
      : "from outside of agent-sessions";
  if (said === null) return <p class="dim">A part of the conversation can't be shown: {where}.</p>;
  return (
    <details>
      <summary>
        {said.length} {said.length === 1 ? "question" : "questions"} with the{" "}
        {said.length === 1 ? "answer" : "answers"}, {where}
      </summary>
      {said.map(({ prompt, text }, at) => (
        <div class="turn" key={at}>
          <Prompt text={prompt} />
          <Words text={text ?? ""} />
        </div>
      ))}
    </details>
  );
}
