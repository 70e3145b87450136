import { useEffect, useState } from "preact/hooks";
import { get, post } from "../talk/api.ts";
import { ageOf, shortPath } from "../text/format.ts";
import { plain } from "../text/plain.ts";
import type { GateShown, GateSummary } from "../types.ts";
import { Notice } from "./notice.tsx";

/** What scripts wait for: each text, and the two answers. */
export function Gates({
  gates,
  nowMs,
  changed,
  read,
}: {
  gates: GateSummary[];
  nowMs: number;
  changed(): void;
  /** Goes to where there is room to read; absent there. */
  read: (() => void) | undefined;
}) {
  if (gates.length === 0) return null;
  return (
    <section class="gates" aria-labelledby="gates">
      <h2 id="gates">
        Waiting for your answer <span class="count">{gates.length}</span>
      </h2>
      {read === undefined ? null : (
        <button type="button" class="link" onClick={read}>
          Read and answer: {gates.map(({ id }) => plain(id)).join(", ")}
        </button>
      )}
      {(read === undefined ? gates : []).map((gate) => (
        <Gate
          key={`${gate.workspace}\0${gate.id}\0${gate.sha256}`}
          gate={gate}
          nowMs={nowMs}
          changed={changed}
        />
      ))}
    </section>
  );
}

function Gate({ gate, nowMs, changed }: { gate: GateSummary; nowMs: number; changed(): void }) {
  const { id, workspace } = gate;
  const [shown, setShown] = useState<GateShown>();
  const [error, setError] = useState<Error>();
  const [note, setNote] = useState("");
  const [isAsking, setAsking] = useState(false);
  useEffect(() => {
    get<GateShown>("gate", { id, workspace }).then(setShown, setError);
  }, [id, workspace]);
  const answer = async (decision: "approve" | "refuse") => {
    setAsking(true);
    // The text that was read, and no later one.
    const args = { decision, id, workspace, sha256: shown?.sha256, note };
    await post("gate", args).then(changed, setError);
    setAsking(false);
  };
  const cannot = shown === undefined || isAsking;
  return (
    <article class="gate">
      <h3 data-item tabIndex={-1}>
        {plain(id)}
      </h3>
      <p class="dim">
        A script in {shortPath(workspace)} stopped {ageOf(gate.asked_at, nowMs)} ago, until a person has
        approved this text. Your answer starts nothing: run the script again after it.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long text is scrolled with the keys, too */}
      <section class="shown" tabIndex={0} aria-label={`What ${plain(id)} shows`}>
        {shown === undefined ? "…" : plain(shown.shown)}
      </section>
      <input
        aria-label={`A note for the script of ${plain(id)}`}
        placeholder="A note for the script (optional)"
        value={note}
        onInput={(event) => setNote(event.currentTarget.value)}
      />
      <div class="row">
        <button type="button" class="button yes" disabled={cannot} onClick={() => answer("approve")}>
          Approve
        </button>
        <button type="button" class="button no" disabled={cannot} onClick={() => answer("refuse")}>
          Refuse
        </button>
      </div>
      <Notice error={error} />
    </article>
  );
}
