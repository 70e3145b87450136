import type { ComponentChildren } from "preact";
import { type FleetTold, useFleet } from "../fleet.ts";
import { ageOf } from "../text/format.ts";
import { plain } from "../text/plain.ts";
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
  const ago = (at: string | undefined) => (at === undefined ? "" : ageOf(at, nowMs));
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
          {waiting.oldest_at === undefined ? "" : `, the oldest for ${ago(waiting.oldest_at)}`}
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
      <Part title="Waiting" none="Nothing waits." heads={["Turns", "Agent", "Workspace", "Oldest", "Worker"]}>
        {waiting.line.map(({ agent, workspace, turns, oldest_at, is_served }) => (
          <Row
            key={`${agent}\0${workspace}`}
            cells={[turns, agent, workspace, ago(oldest_at), is_served ? "" : "none takes them"]}
          />
        ))}
      </Part>
      <Part
        title="Running"
        none="Nothing runs."
        heads={["Worker", "Agent", "Workspace", "Since", "Seen", "Turn"]}
      >
        {running.map(({ turn_id, worker, agent, workspace, attempt, started_at, seen_at }) => (
          <Row
            key={turn_id}
            cells={[
              attempt === 1 ? worker : `${worker}, attempt ${attempt}`,
              agent,
              workspace,
              ago(started_at),
              ago(seen_at),
              turn_id,
            ]}
          />
        ))}
      </Part>
      <Part
        title="Workers"
        none="No worker takes turns. Start one: agent-sessions worker"
        heads={["Worker", "Agents", "Workspaces", "Places", "Since", "Seen"]}
      >
        {workers.map(({ worker, agents, workspaces, places, since, seen_at, is_lost }) => (
          <Row
            key={`${worker}\0${since}`}
            cells={[
              worker,
              agents.join(", "),
              workspaces.join(", "),
              places,
              ago(since),
              is_lost ? `${ago(seen_at)}, lost` : ago(seen_at),
            ]}
          />
        ))}
      </Part>
    </>
  );
}

function Part(props: { title: string; none: string; heads: string[]; children: ComponentChildren[] }) {
  const { title, none, heads, children } = props;
  return (
    <section class="panel" aria-label={title}>
      <h3>{title}</h3>
      {children.length === 0 ? (
        <p class="dim">{none}</p>
      ) : (
        <div class="wide">
          <table class="bars">
            <thead>
              <tr>
                {heads.map((head) => (
                  <th scope="col" key={head}>
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>{children}</tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/** All of it is text: what a worker says of itself may be anything. */
function Row({ cells }: { cells: (string | number)[] }) {
  return (
    <tr>
      {cells.map((cell, at) => (
        <td key={at} class={at === 0 ? "key" : undefined}>
          {plain(String(cell))}
        </td>
      ))}
    </tr>
  );
}
