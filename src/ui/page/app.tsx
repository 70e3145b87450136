import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { onKey } from "./keys.ts";
import { keyOf, waitingGates } from "./needs.ts";
import { Conversation } from "./parts/conversation.tsx";
import { Costs } from "./parts/costs.tsx";
import { Gates } from "./parts/gates.tsx";
import { List } from "./parts/list.tsx";
import { Notice } from "./parts/notice.tsx";
import { Search } from "./parts/search.tsx";
import { get, Refused } from "./talk/api.ts";
import { knownToken } from "./talk/token.ts";
import type { Overview, Which } from "./types.ts";
import { useView } from "./view.ts";

/** How often the first screen is asked for, while somebody looks. */
const EVERY_MS = 2000;

export function App() {
  const { overview, error, refresh } = useOverview();
  const [view, show] = useView();
  const typed = view.at === "search" ? view.words : "";
  const isHome = view.at === "home";
  const opened = view.at === "conversation" ? keyOf(view.which) : undefined;
  const goHome = useRef<() => void>(() => undefined);
  goHome.current = () => {
    show({ at: "home" });
    // Where one was before: the list keeps its place.
    requestAnimationFrame(() => document.querySelector<HTMLElement>("[data-item][aria-current]")?.focus());
  };
  useEffect(() => {
    const listener = onKey(() => goHome.current());
    addEventListener("keydown", listener);
    return () => removeEventListener("keydown", listener);
  }, []);
  const open = ({ name, agent, workspace }: Which) =>
    show({ at: "conversation", which: { name, agent, workspace } });
  const nowMs = Date.now();
  if (knownToken() === undefined) return <NoToken />;
  return (
    <div class="frame">
      <header class="top">
        <button type="button" class="skip" onClick={skip}>
          Go to the conversation
        </button>
        <h1>agent-sessions</h1>
        <nav aria-label="Views">
          <Tab isHere={view.at === "home" || view.at === "conversation"} go={() => show({ at: "home" })}>
            Conversations
          </Tab>
          <Tab isHere={view.at === "costs"} go={() => show({ at: "costs" })}>
            Costs
          </Tab>
        </nav>
        <search>
          <input
            id="search"
            type="search"
            aria-label="Search in all that was said"
            placeholder="Search in all that was said ( / )"
            value={typed}
            onInput={({ currentTarget: { value } }) =>
              show(value.trim() === "" ? { at: "home" } : { at: "search", words: value })
            }
          />
        </search>
      </header>
      <div class={`body ${isHome ? "home" : "opened"}${view.at === "costs" ? " whole" : ""}`}>
        {view.at === "costs" ? null : (
          <nav class="side" aria-label="Conversations">
            <Notice error={error} />
            {overview === undefined ? null : (
              <>
                <Gates
                  gates={waitingGates(overview)}
                  nowMs={nowMs}
                  changed={refresh}
                  read={isHome ? undefined : () => show({ at: "home" })}
                />
                <List overview={overview} nowMs={nowMs} opened={opened} open={open} />
                {isHome ? <Keys /> : null}
              </>
            )}
          </nav>
        )}
        <main class="main" id="main" tabIndex={-1}>
          {view.at === "conversation" && overview !== undefined ? (
            <Conversation
              key={opened}
              which={view.which}
              overview={overview}
              open={open}
              back={() => goHome.current()}
              changed={refresh}
            />
          ) : view.at === "costs" ? (
            <Costs />
          ) : view.at === "search" ? (
            <Search words={view.words} open={open} />
          ) : null}
        </main>
      </div>
    </div>
  );
}

function skip(): void {
  document.querySelector<HTMLElement>("#main")?.focus();
}

function Keys() {
  return (
    <p class="dim keys">
      <kbd>j</kbd> and <kbd>k</kbd> go through the list, <kbd>Enter</kbd> opens, <kbd>Esc</kbd> comes back,{" "}
      <kbd>/</kbd> searches.
    </p>
  );
}

function Tab({ isHere, go, children }: { isHere: boolean; go(): void; children: string }) {
  return (
    <button type="button" class="tab" aria-current={isHere ? "page" : undefined} onClick={go}>
      {children}
    </button>
  );
}

function NoToken() {
  return (
    <main class="main">
      <h1>agent-sessions</h1>
      <p class="empty">
        This tab does not have the token of the server. Open the whole address that{" "}
        <code>agent-sessions ui</code> has printed, with what comes after the <code>#</code>; or stop it and
        start it again.
      </p>
    </main>
  );
}

/** Asks for the first screen again and again, while the page can be seen: a page that nobody sees is no use of the server. */
function useOverview(): { overview: Overview | undefined; error: Error | undefined; refresh(): void } {
  const [overview, setOverview] = useState<Overview>();
  const [error, setError] = useState<Error>();
  const [, setTick] = useState(0);
  const ask = useCallback(
    () =>
      get<Overview>("overview").then(
        (told) => {
          setOverview(told);
          setError(undefined);
          // Ages grow also where nothing has changed.
          setTick((tick) => tick + 1);
        },
        (thrown: Error) => setError(thrown),
      ),
    [],
  );
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let isOver = false;
    const again = async () => {
      clearTimeout(timer);
      if (isOver || document.hidden) return;
      await ask();
      timer = setTimeout(again, EVERY_MS);
    };
    again();
    document.addEventListener("visibilitychange", again);
    return () => {
      isOver = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", again);
    };
  }, [ask]);
  const isOut = error instanceof Refused && error.status === 401;
  const told = isOut
    ? new Refused(
        401,
        "refused",
        "The server has another token by now.",
        "Open the address that agent-sessions ui has printed.",
      )
    : error;
  return { overview, error: told, refresh: () => void ask() };
}
