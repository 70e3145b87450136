import { useState } from "preact/hooks";
import { type Entry, type Section, sectionsOf } from "../needs.ts";
import { ageOf, bytesOf, doingOf, shortPath, tokensOf } from "../text/format.ts";
import { plain } from "../text/plain.ts";
import type { Overview, Which } from "../types.ts";

interface Props {
  overview: Overview;
  nowMs: number;
  /** The key of the conversation that is open. */
  opened: string | undefined;
  open(which: Which): void;
}

/** So many of a section are drawn at first. */
const SHOWN = 40;

/** All conversations, by what they need. */
export function List({ overview, ...rest }: Props) {
  const sections = sectionsOf(overview).filter(({ entries }) => entries.length > 0);
  if (sections.length === 0) return <Beginning />;
  return (
    <>
      {sections.map((section) => (
        <SectionList key={section.kind} section={section} {...rest} />
      ))}
    </>
  );
}

function Beginning() {
  return (
    <p class="empty">
      There are no conversations yet. Begin one in a terminal: <code>agent-sessions create NAME "…"</code>
    </p>
  );
}

function SectionList({ section, ...rest }: Omit<Props, "overview"> & { section: Section }) {
  const [shown, setShown] = useState(SHOWN);
  const { kind, title, entries } = section;
  const left = entries.length - shown;
  const id = `section-${kind}`;
  return (
    <section class="section" aria-labelledby={id}>
      <h2 id={id} class={kind}>
        {title} <span class="count">{entries.length}</span>
      </h2>
      <ul class="items">
        {entries.slice(0, shown).map((entry) => (
          <Item key={entry.key} entry={entry} kind={kind} {...rest} />
        ))}
      </ul>
      {left > 0 ? (
        <button type="button" class="button more" onClick={() => setShown(shown + 5 * SHOWN)}>
          Show {Math.min(left, 5 * SHOWN)} more of {left}
        </button>
      ) : null}
    </section>
  );
}

function Item({
  entry,
  kind,
  nowMs,
  opened,
  open,
}: Omit<Props, "overview"> & { entry: Entry; kind: Section["kind"] }) {
  const { name, agent, workspace, listed, turn, key } = entry;
  const isRunning = kind === "running";
  const since = isRunning ? (turn?.since ?? listed?.busy_since) : listed?.last_used_at;
  const when = ageOf(since ?? listed?.created_at ?? null, nowMs);
  return (
    <li>
      <button
        type="button"
        class="item"
        data-item
        aria-current={key === opened ? "true" : undefined}
        onClick={() => open(entry)}
      >
        <span class="head">
          <span class="name">{plain(name)}</span>
          <span class="dim">{agent}</span>
          <span class="when">{when === "" ? "" : isRunning ? `for ${when}` : `${when} ago`}</span>
        </span>
        {isRunning ? (
          <span class="words doing">{activityOf(entry)}</span>
        ) : (
          <span class="words">{wordsOf(entry)}</span>
        )}
        <span class="where" title={plain(workspace)}>
          {shortPath(workspace)}
          {listed?.workspace_is_gone ? " (missing)" : ""}
        </span>
      </button>
    </li>
  );
}

function activityOf({ listed, turn }: Entry): string {
  if (listed?.state === "window") return "open in a window, or in another program";
  const doing = doingOf(turn?.doing ?? listed?.doing ?? null) || "starting";
  const stalled = turn?.stalled ? "stalled; " : "";
  const waiting = listed === undefined || listed.queued === 0 ? "" : ` \u00b7 ${listed.queued} queued`;
  const tokens = turn?.tokens ? ` \u00b7 ${tokensOf(turn.tokens)} tokens` : "";
  const output =
    turn === undefined || turn.output_bytes === 0 ? "" : ` \u00b7 ${bytesOf(turn.output_bytes)} of output`;
  return stalled + doing + (tokens || (turn?.doing?.tools === undefined ? output : "")) + waiting;
}

function wordsOf({ listed, turn }: Entry): string {
  if (listed === undefined) return doingOf(turn?.doing ?? null);
  const { state, queued, last_prompt, last_answer, last_outcome } = listed;
  if (state === "lost") return "The agent's own record of it is gone. To go on without it: send --fresh";
  const isAnswer = state === "unread" || state === "failed";
  const said = plain((isAnswer ? last_answer : last_prompt) ?? "");
  const words = isAnswer || said === "" ? said : `You: ${said}`;
  if (state === "queued") return `${queued} waiting \u00b7 ${words}`;
  const outcome =
    state === "failed" && last_outcome !== null && last_outcome !== "failed" ? last_outcome : "";
  return outcome === "" ? words : `${outcome.replaceAll("_", " ")} \u00b7 ${words}`;
}
