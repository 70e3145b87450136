import { useEffect, useState } from "preact/hooks";
import { get } from "../talk/api.ts";
import { dollarsOf, shortPath, tokensOf } from "../text/format.ts";
import { plain } from "../text/plain.ts";
import type { Cost, Costs as Told } from "../types.ts";
import { Notice } from "./notice.tsx";
import { DaysPlot } from "./plot.tsx";

const RANGES: readonly [since: string, title: string][] = [
  ["7d", "7 days"],
  ["30d", "30 days"],
  ["3650d", "all time"],
];

/** So many names are listed, those that cost most. */
const SHOWN = 25;

/** What all conversations have cost, by day, agent and name. */
export function Costs() {
  const [since, setSince] = useState("30d");
  const byDay = useCosts("day", since);
  const byAgent = useCosts("agent", since);
  const byName = useCosts("name", since);
  const total = byDay.told?.total;
  return (
    <div>
      <div class="title">
        <h2 tabIndex={-1}>Costs</h2>
        <select
          aria-label="Since when"
          value={since}
          onChange={(event) => setSince(event.currentTarget.value)}
        >
          {RANGES.map(([value, title]) => (
            <option key={value} value={value}>
              {title}
            </option>
          ))}
        </select>
      </div>
      <Notice error={byDay.error ?? byAgent.error ?? byName.error} />
      {total === undefined ? <p class="dim">…</p> : <Sums total={total} />}
      {byDay.told === undefined || byDay.told.groups.length === 0 ? null : (
        <section class="panel" aria-label="By day">
          <h3>Tokens by day</h3>
          <p class="legend">
            <span class="in">in</span>
            <span class="out">out</span>
          </p>
          <DaysPlot days={byDay.told.groups} />
          <details>
            <summary>As a table</summary>
            <Bars what="Day" groups={byDay.told.groups} />
          </details>
        </section>
      )}
      {byAgent.told === undefined ? null : (
        <section class="panel" aria-label="By agent">
          <h3>By agent</h3>
          <Bars what="Agent" groups={byAgent.told.groups} />
        </section>
      )}
      {byName.told === undefined ? null : (
        <section class="panel" aria-label="By conversation">
          <h3>By conversation</h3>
          <Bars what="Name" groups={mostFirst(byName.told.groups).slice(0, SHOWN)} />
          {byName.told.groups.length > SHOWN ? (
            <p class="dim">
              The {SHOWN} with the most tokens, of {byName.told.groups.length}. All: agent-sessions cost --all
            </p>
          ) : null}
        </section>
      )}
    </div>
  );
}

function useCosts(by: string, since: string): { told?: Told; error?: Error } {
  const [state, setState] = useState<{ told?: Told; error?: Error }>({});
  useEffect(() => {
    let isOver = false;
    get<Told>("costs", { by, since }).then(
      (told) => isOver || setState({ told }),
      (error) => isOver || setState({ error }),
    );
    return () => {
      isOver = true;
    };
  }, [by, since]);
  return state;
}

function Sums({ total }: { total: Told["total"] }) {
  const least = total.is_lower_bound ? "\u2265 " : "";
  return (
    <div class="sums">
      <div>
        <b>{total.turns}</b> turns
      </div>
      <div>
        <b>
          {least}
          {tokensOf(total.input_tokens)}
        </b>{" "}
        tokens in
      </div>
      <div>
        <b>
          {least}
          {tokensOf(total.output_tokens)}
        </b>{" "}
        tokens out
      </div>
      {total.cost_usd === null ? null : (
        <div>
          <b>
            {least}
            {dollarsOf(total.cost_usd)}
          </b>{" "}
          as far as agents report prices
        </div>
      )}
      {total.unknown_turns === 0 ? null : (
        <p class="dim">The usage of {total.unknown_turns} turns is unknown: the sums are the least.</p>
      )}
    </div>
  );
}

function Bars({ what, groups }: { what: string; groups: readonly Cost[] }) {
  const most = Math.max(1, ...groups.map(sizeOf));
  return (
    <table class="bars">
      <thead>
        <tr>
          <th scope="col">{what}</th>
          <th scope="col" class="number">
            Turns
          </th>
          <th scope="col" class="number">
            In
          </th>
          <th scope="col" class="number">
            Out
          </th>
          <th scope="col" class="number">
            Dollars
          </th>
          <th scope="col">
            <span class="hidden-words">Tokens as a bar</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {groups.map((group) => (
          <tr key={`${group.key}\0${group.workspace ?? ""}`}>
            <td class="key">
              {plain(group.key) || "unknown"}
              {group.workspace ? <span class="dim"> {shortPath(group.workspace)}</span> : null}
            </td>
            <td class="number">{group.turns}</td>
            <td class="number">{tokensOf(group.input_tokens)}</td>
            <td class="number">{tokensOf(group.output_tokens)}</td>
            <td class="number">{group.cost_usd === null ? "" : dollarsOf(group.cost_usd)}</td>
            <td class="bar" aria-hidden="true">
              <div class="fill" style={{ width: `${(100 * sizeOf(group)) / most}%` }} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function sizeOf({ input_tokens, output_tokens }: Cost): number {
  return input_tokens + output_tokens;
}

function mostFirst(groups: readonly Cost[]): Cost[] {
  return groups.toSorted((left, right) => sizeOf(right) - sizeOf(left));
}
