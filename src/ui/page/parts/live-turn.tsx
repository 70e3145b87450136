import { useEffect, useState } from "preact/hooks";
import { type LiveTurn as Live, type LiveTool, LiveWatch, NOTHING_YET } from "../live.ts";
import { refusedAs } from "../talk/api.ts";
import { readEvents } from "../talk/events.ts";
import { tokensOf } from "../text/format.ts";
import { plain } from "../text/plain.ts";
import type { Which } from "../types.ts";
import { Notice } from "./notice.tsx";
import { Words } from "./words.tsx";

/** A turn while it runs: its tools and its words as they come. */
export function LiveTurn({ which, turnId, ended }: { which: Which; turnId: string; ended(): void }) {
  const [live, setLive] = useState<Live>(NOTHING_YET);
  const [error, setError] = useState<Error>();
  const { name, agent, workspace } = which;
  useEffect(() => {
    const gone = new AbortController();
    const watch = new LiveWatch();
    let isDrawn = false;
    // Words may come faster than a screen can be drawn.
    const draw = () => {
      if (isDrawn) return;
      isDrawn = true;
      requestAnimationFrame(() => {
        isDrawn = false;
        if (!gone.signal.aborted) setLive(watch.now);
      });
    };
    const follow = async () => {
      for await (const { event, data } of readEvents(
        "live",
        { name, agent, workspace, turn_id: turnId },
        gone.signal,
      )) {
        if (event === "failed") setError(refusedAs(500, JSON.parse(data)));
        else if (event === "message") watch.take(JSON.parse(data));
        draw();
      }
      ended();
    };
    follow().catch((thrown: Error) => {
      if (!gone.signal.aborted) setError(thrown);
    });
    return () => gone.abort();
  }, [name, agent, workspace, turnId]);
  return (
    <div>
      <div role="log" aria-label="What the agent says and does" aria-live="polite">
        {live.pieces.map((piece, at) =>
          piece.kind === "tool" ? (
            <Tool key={at} tool={piece.tool} />
          ) : piece.isWhole ? (
            <Words key={at} text={piece.text} />
          ) : (
            <div key={at} class="answer raw" dir="auto">
              {plain(piece.text)}
            </div>
          ),
        )}
      </div>
      <p class="meta">
        <span class="badge running">
          {live.isThinking || live.pieces.length === 0 ? "thinking" : "running"}
        </span>
        {live.tokens.out + live.tokens.in === 0 ? null : (
          <span>
            {tokensOf(live.tokens.in)} in, {tokensOf(live.tokens.out)} out so far
          </span>
        )}
        {live.note === "" ? null : <span>{plain(live.note)}</span>}
      </p>
      <Notice error={error} />
    </div>
  );
}

const SIGNS: Record<LiveTool["state"], [sign: string, word: string]> = {
  running: ["\u2026", "runs"],
  done: ["\u2713", "done"],
  failed: ["\u2717", "failed"],
};

function Tool({ tool: { name, about, state } }: { tool: LiveTool }) {
  const [sign, word] = SIGNS[state];
  return (
    <ul class="tools">
      <li class={state}>
        <span aria-hidden="true">{sign}</span>
        <span class="hidden-words">{word}</span>
        <span class="name">{plain(name)}</span>
        <span class="mono">{plain(about)}</span>
      </li>
    </ul>
  );
}
