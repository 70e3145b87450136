import { useEffect, useRef } from "preact/hooks";
import { useHasFleet } from "./fleet.ts";
import { onKey } from "./keys.ts";
import { later } from "./later.tsx";
import { keyOf, waitingGates } from "./needs.ts";
import { useOverview } from "./overview.ts";
import { Gates } from "./parts/gates.tsx";
import { List } from "./parts/list.tsx";
import { Notice } from "./parts/notice.tsx";
import { Search } from "./parts/search.tsx";
import { knownToken } from "./talk/token.ts";
import type { Which } from "./types.ts";
import { useView } from "./view.ts";

// What lays out words and draws plots is most of the page.
const conversation = later(async () => (await import("./parts/conversation.tsx")).Conversation);
const costs = later(async () => (await import("./parts/costs.tsx")).Costs);
const fleet = later(async () => (await import("./parts/fleet.tsx")).Fleet);

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
  const isThere = overview !== undefined;
  const hasFleet = useHasFleet(isThere);
  const isWhole = view.at === "costs" || view.at === "fleet";
  useEffect(() => {
    if (!isThere) return;
    conversation.load();
    costs.load();
  }, [isThere]);
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
          {hasFleet ? (
            <Tab isHere={view.at === "fleet"} go={() => show({ at: "fleet" })}>
              Fleet
            </Tab>
          ) : null}
        </nav>
        <search>
          <input
            id="search"
            type="search"
            aria-label="Search in all that was said"
            placeholder="Search in all that was said"
            value={typed}
            onInput={({ currentTarget: { value } }) =>
              show(value.trim() === "" ? { at: "home" } : { at: "search", words: value })
            }
          />
        </search>
      </header>
      <div class={`body ${isHome ? "home" : "opened"}${isWhole ? " whole" : ""}`}>
        {isWhole ? null : (
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
            <conversation.Part
              key={opened}
              which={view.which}
              overview={overview}
              open={open}
              back={() => goHome.current()}
              changed={refresh}
            />
          ) : view.at === "costs" ? (
            <costs.Part />
          ) : view.at === "fleet" ? (
            <fleet.Part />
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
