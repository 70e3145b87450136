import { useRef, useState } from "preact/hooks";
import { post, Refused } from "../talk/api.ts";
import { plain } from "../text/plain.ts";
import type { Which } from "../types.ts";
import { Notice } from "./notice.tsx";

interface Props {
  which: Which;
  /** What the conversation may do by itself; null where nothing is said. */
  access: string | null;
  /** The most that may be asked for here. */
  maxAccess: string;
  /** Whether the question goes to a new conversation with the same history. */
  isFork?: boolean;
  /** Called with the name that was asked. */
  asked(name: string): void;
}

const ACCESSES = ["read-only", "edit", "full"];
const MAY: Record<string, string> = {
  "read-only": "may only read",
  edit: "may change files",
  full: "may do anything",
};

/** Asks the agent. What is asked here runs in the background, whatever becomes of this page. */
export function Composer({ which, access, maxAccess, isFork = false, asked }: Props) {
  const [prompt, setPrompt] = useState("");
  const [newName, setNewName] = useState("");
  const [chosen, setChosen] = useState("");
  const [error, setError] = useState<Error>();
  const [isAsking, setAsking] = useState(false);
  const [said, setSaid] = useState("");
  // The same until it was accepted: who presses twice asks once.
  const requestId = useRef(crypto.randomUUID());
  const { name, agent, workspace } = which;
  const allowed = ACCESSES.slice(0, ACCESSES.indexOf(maxAccess) + 1);
  const isReady = prompt.trim() !== "" && (!isFork || newName.trim() !== "") && !isAsking;
  const ask = async (isOver = false) => {
    if (!isReady) return;
    setAsking(true);
    setError(undefined);
    try {
      const done = await post<{ lowered_to?: string }>(isFork ? "fork" : "send", {
        ...{ name, agent, workspace, prompt, request_id: requestId.current },
        ...(chosen === "" ? {} : { access: chosen }),
        ...(isFork ? { new_name: newName } : {}),
        ...(isOver ? { over_budget: true } : {}),
      });
      requestId.current = crypto.randomUUID();
      setPrompt("");
      setSaid(
        done.lowered_to === undefined ? "Sent." : `Sent. In this turn the agent ${MAY[done.lowered_to]}.`,
      );
      asked(isFork ? newName.trim() : name);
    } catch (thrown) {
      setError(thrown as Error);
    } finally {
      setAsking(false);
    }
  };
  const id = isFork ? "fork" : "ask";
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        ask();
      }}
    >
      {isFork ? (
        <>
          <label for="fork-name">The name of the fork</label>
          <input
            id="fork-name"
            value={newName}
            autocomplete="off"
            onInput={(event) => setNewName(event.currentTarget.value)}
          />
        </>
      ) : null}
      <label for={id}>{isFork ? "What to ask the fork" : `Ask ${plain(name)}`}</label>
      <textarea
        id={id}
        value={prompt}
        onInput={(event) => setPrompt(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) ask();
        }}
      />
      <div class="row">
        <button type="submit" class="button yes" disabled={!isReady}>
          {isFork ? "Fork" : "Send"}
        </button>
        <select
          aria-label="What the agent may do in this turn"
          value={chosen}
          onChange={(event) => setChosen(event.currentTarget.value)}
        >
          <option value="">
            {access === null ? "may do what it could before" : `as before: ${MAY[access] ?? access}`}
          </option>
          {allowed.map((one) => (
            <option key={one} value={one}>
              {MAY[one]}
            </option>
          ))}
        </select>
        <span class="dim with-keys">Ctrl+Enter sends</span>
        <span class="dim" role="status">
          {said}
        </span>
      </div>
      <Notice error={error} />
      {error instanceof Refused && error.code === "over_budget" ? (
        <button type="button" class="button no" onClick={() => ask(true)}>
          Ask all the same, over the budget
        </button>
      ) : null}
    </form>
  );
}
