import { useFleet } from "../fleet.ts";
import { ageOf, agoOf } from "../text/format.ts";
import { plain } from "../text/plain.ts";
import type { FleetTold } from "../types.ts";
import { Notice } from "./notice.tsx";

/** The store that machines share: what waits, what runs where, and which workers there are. */
export function Fleet() {
  const { told, error } = useFleet();
  return (
    <div>
      <div class="title">
        <h2 tabIndex={-1}>Fleet</h2>
      </div>
      <Notice error={error} />
      {told === undefined ? error === undefined ? <p class="dim">…</p> : null : <Told told={told} />}
    </div>
  );
}

function Told({ told }: { told: FleetTold }) {
  const { waiting, running, workers, forgotten } = told;
  // By the clock of the database, which has written all of these times.
  const nowMs = Date.parse(told.at);
  const age = (at: string | undefined) => ageOf(at ?? null, nowMs);
  const alive = workers.filter(({ is_lost }) => !is_lost).length;
  return (
    <>
      <p class="dim">
        {plain(told.store)}
        {told.team === "" ? "" : `, team ${plain(told.team)}`}
        {told.is_sealed ? ", sealed" : ", not sealed: whoever reads the database reads prompts and answers"}
      </p>
      <div class="sums">
        <div>
          <b>{waiting.turns}</b> waiting
          {waiting.oldest_at === undefined ? "" : `, the oldest for ${age(waiting.oldest_at)}`}
        </div>
        <div>
          <b>{running.length}</b> running
        </div>
        <div>
          <b>{alive}</b> {alive === 1 ? "worker" : "workers"}
        </div>
      </div>
      {forgotten === 0 ? null : (
        <p class="dim">
          No worker was told of {forgotten} conversations that wait; they are found within a minute.
        </p>
      )}
      <Part
        title="Waiting"
        none="Nothing waits."
        heads={["Turns", "Agent", "Workspace", "Oldest waits for", "Taken by"]}
        rows={waiting.line.map(({ agent, workspace, turns, oldest_at, is_served }) => ({
          key: `${agent}\0${workspace}`,
          cells: [
            turns,
            agent,
            workspace,
            age(oldest_at),
            is_served ? "the next free worker" : "no worker takes them",
          ],
        }))}
      />
      <Part
        title="Running"
        none="Nothing runs."
        heads={["Worker", "Agent", "Workspace", "Runs for", "Last heard of", "Turn"]}
        rows={running.map(({ turn_id, worker, agent, workspace, attempt, started_at, seen_at }) => ({
          key: turn_id,
          cells: [
            attempt === 1 ? worker : `${worker}, attempt ${attempt}`,
            agent,
            workspace,
            age(started_at),
            agoOf(seen_at ?? null, nowMs),
            turn_id,
          ],
        }))}
      />
      <Part
        title="Workers"
        none="No worker takes turns. Start one: agent-sessions worker"
        heads={["Worker", "Agents", "Workspaces", "Turns at once", "Up for", "Last heard of"]}
        rows={workers.map(({ worker, agents, workspaces, places, since, seen_at, is_lost }) => ({
          key: `${worker}\0${since}`,
          cells: [
            worker,
            agents.join(", "),
            workspaces.join(", "),
            places,
            age(since),
            `${agoOf(seen_at, nowMs)}${is_lost ? ", lost" : ""}`,
          ],
        }))}
      />
    </>
  );
}

interface PartProps {
  title: string;
  none: string;
  heads: string[];
  rows: { key: string; cells: (string | number)[] }[];
}

/** What the elements are anyway, as long as they are drawn so. */
const [TABLE, ROW, CELL] = [{ role: "table" }, { role: "row" }, { role: "cell" }] as const;

/**
 * All of it is text: what a worker says of itself may be anything. On a phone each cell is a line, which some browsers take
 * for no cell any more: so the roles are said.
 */
function Part({ title, none, heads, rows }: PartProps) {
  return (
    <section class="panel" aria-label={title}>
      <h3>{title}</h3>
      {rows.length === 0 ? (
        <p class="dim">{none}</p>
      ) : (
        <table class="bars stacked" {...TABLE}>
          <thead>
            <tr>
              {heads.map((head) => (
                <th scope="col" key={head}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ key, cells }) => (
              <tr key={key} {...ROW}>
                {cells.map((cell, at) => (
                  <td key={at} {...CELL} class={at === 0 ? "key" : undefined} data-head={heads[at]}>
                    {plain(String(cell))}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
