import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { quoteWords } from "../../../domain/words.ts";
import { liveTurns } from "../live-turns.ts";
import { keyOf } from "../needs.ts";
import { get, post } from "../talk/api.ts";
import { dollarsOf, tokensOf, usageOf } from "../text/format.ts";
import { plain } from "../text/plain.ts";
import type { Overview, Conversation as Told, Which } from "../types.ts";
import { Composer } from "./composer.tsx";
import { Copy } from "./copy.tsx";
import { Family } from "./family.tsx";
import { LiveTurn } from "./live-turn.tsx";
import { Notice } from "./notice.tsx";
import { Elsewhere, Prompt, Turn } from "./turn.tsx";

/** So many turns are read at first. */
const LAST = 30;

interface Props {
  which: Which;
  overview: Overview;
  open(which: Which): void;
  back(): void;
  changed(): void;
}

/** One conversation: what was said, what is being said, and what can be done with it. */
export function Conversation({ which, overview, open, back, changed }: Props) {
  const { name, agent, workspace } = which;
  const own = keyOf(which);
  const [told, setTold] = useState<Told>();
  const [error, setError] = useState<Error>();
  const [isFamily, setFamily] = useState(false);
  const [last, setLast] = useState<number | undefined>(LAST);
  const end = useRef<HTMLDivElement>(null);
  const title = useRef<HTMLHeadingElement>(null);
  const listed = overview.names.find((one) => keyOf(one) === own);
  const turns = overview.turns.filter(
    (turn) => turn.name !== null && keyOf({ ...turn, name: turn.name }) === own,
  );
  const running = turns.find(({ turn_id, reason }) => turn_id !== null && reason !== "queued");
  const queued = turns.filter(({ reason }) => reason === "queued");
  const load = () => get<Told>("conversation", { ...which, last }).then(setTold, setError);
  // Read again as soon as something has ended in it.
  useEffect(() => {
    setError(undefined);
    load();
  }, [own, last, listed?.turns, listed?.session_id, running?.turn_id]);
  const isThere = told !== undefined;
  useEffect(() => {
    if (!isThere) return;
    end.current?.scrollIntoView({ block: "end" });
    // Who has begun to type meanwhile stays where he types.
    if (!document.activeElement?.matches("input, textarea")) title.current?.focus({ preventScroll: true });
  }, [isThere]);
  const cancel = (turnId: string | null) =>
    post("cancel", { ...which, ...(turnId === null ? {} : { turn_id: turnId }) }).then(changed, setError);
  const state = listed?.state ?? (running === undefined ? undefined : "running");
  return (
    <div>
      <button type="button" class="button back" onClick={back}>
        ← All conversations
      </button>
      <div class="title">
        <h2 ref={title} tabIndex={-1}>
          {plain(name)}
        </h2>
        {state === undefined || state === "free" ? null : <span class={`badge ${state}`}>{state}</span>}
        {running === undefined ? null : (
          <button type="button" class="button no" onClick={() => cancel(running.turn_id)}>
            Cancel the turn
          </button>
        )}
      </div>
      <Notice error={error} />
      {told === undefined ? null : (
        <>
          <Facts told={told} />
          <div class="ways">
            <details name="ways">
              <summary>Continue in a terminal</summary>
              <p class="dim">This command opens the agent's own window, with all that was said here:</p>
              <Copy
                what={`opens ${name}`}
                command={`agent-sessions open ${quoteWords([name, "--agent", agent, "--workspace", workspace])}`}
              />
            </details>
            <details name="ways">
              <summary>Fork it</summary>
              <p class="dim">
                A new conversation that begins with all that was said here. This one does not change, and a
                turn that runs is not part of the new one.
              </p>
              <Composer
                isFork
                which={which}
                access={told.show.access}
                maxAccess={overview.max_access}
                asked={(newName) => {
                  changed();
                  open({ ...which, name: newName });
                }}
              />
            </details>
            <details name="ways" onToggle={(event) => setFamily(event.currentTarget.open)}>
              <summary>Origin and forks</summary>
              {isFamily ? <Family which={which} open={open} /> : null}
            </details>
          </div>
          <History told={told} isCut={last !== undefined} all={() => setLast(undefined)} />
        </>
      )}
      {liveTurns(
        { running: running?.turn_id ?? null, queued: queued.map(({ turn_id }) => turn_id) },
        told,
      ).map(({ turnId, prompt }) => (
        <section key={turnId} class="turn" aria-label="The turn that runs">
          {prompt === null ? null : <Prompt text={prompt} />}
          <LiveTurn
            which={which}
            turnId={turnId}
            ended={() => {
              load();
              changed();
            }}
          />
        </section>
      ))}
      {queued.map(({ turn_id }) => (
        <p key={turn_id} class="row dim">
          A question is queued.
          <button type="button" class="button" onClick={() => cancel(turn_id)}>
            Take it out of the queue
          </button>
        </p>
      ))}
      {told === undefined ? null : (
        <Composer
          which={which}
          access={told.show.access}
          maxAccess={overview.max_access}
          asked={() => {
            changed();
            end.current?.scrollIntoView({ block: "end" });
          }}
        />
      )}
      <div ref={end} />
    </div>
  );
}

function Facts({ told: { show } }: { told: Told }) {
  const { agent, workspace, model, access, turns, usage, next_send: next, budget } = show;
  const least = usage.is_lower_bound ? "at least " : "";
  return (
    <dl class="facts">
      <Fact what="agent">{agent}</Fact>
      <Fact what="folder">{plain(workspace)}</Fact>
      {model === null ? null : <Fact what="model">{plain(model)}</Fact>}
      {access === null ? null : <Fact what="access">{access}</Fact>}
      <Fact what="finished turns">{turns}</Fact>
      <Fact what="used">
        {least}
        {usageOf(usage)}
      </Fact>
      {budget ? (
        <Fact what="budget">
          {budget.budget}
          {budget.is_over
            ? ", used up"
            : `, ${budget.is_lower_bound ? "at most " : ""}${amount(budget.left, budget.unit)} left`}
        </Fact>
      ) : null}
      {next?.cold_tokens ? (
        <Fact what="next turn (estimate)">
          reads {next.is_at_most ? "up to " : "about "}
          {tokensOf(next.cold_tokens)} tokens again
          {next.cache === "warm"
            ? ", likely from the cache"
            : next.cache === "cold"
              ? ", without the cache"
              : ""}
          {priceOf(next)}
        </Fact>
      ) : null}
    </dl>
  );
}

function priceOf(next: NonNullable<Told["show"]["next_send"]>): string {
  const usd = next.cache === "warm" ? next.warm_usd : next.cold_usd;
  return usd === null ? "" : `, about ${dollarsOf(usd)}`;
}

function amount(value: number, unit: string): string {
  return unit === "usd" ? dollarsOf(value) : `${tokensOf(value)} tokens`;
}

function Fact({ what, children }: { what: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{what}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function History({ told, isCut, all }: { told: Told; isCut: boolean; all(): void }) {
  const { turns, not_shown } = told.history;
  const before = (turnId: string | null) =>
    not_shown
      .filter((gap) => gap.before_turn_id === turnId)
      .map((gap, at) => <Elsewhere key={at} gap={gap} />);
  const hasMore = isCut && told.show.turns > turns.length;
  return (
    <>
      {hasMore ? (
        <button type="button" class="button" onClick={all}>
          Show all {told.show.turns} turns
        </button>
      ) : null}
      {turns.map((turn) => (
        <div key={turn.turn_id}>
          {before(turn.turn_id)}
          <Turn turn={turn} />
        </div>
      ))}
      {before(null)}
      {turns.length === 0 ? <p class="dim">Nothing was answered here yet.</p> : null}
    </>
  );
}
