import { PROMISES, type PromiseKey } from "./cases.ts";
import type { PromisesKept } from "./promises.ts";
import type { PromiseRow } from "./row.ts";

const HEAD = `# What each agent keeps

Written by \`npm run agents -- table\`, which asks the same of the real program of each agent, against a model on loopback, on
Linux. Each cell is the name of the test that has passed; the tests of an agent are in
\`test/real-agents/promises-<agent>.test.ts\`. The row of an agent is in \`test/support/promises/agents/\`. Nothing here was
seen with a real service. The versions of the agents are in the first line.

`;

/** Returns docs/agents/README.md for what runs have shown of these agents, in their order. */
export function describeTable(rows: readonly PromiseRow[], kept: readonly PromisesKept[]): string {
  const shown = rows.flatMap((row) => {
    const one = kept.find(({ agent }) => agent === row.agent);
    return one === undefined ? [] : [{ row, one }];
  });
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  const table = [
    line(["", ...shown.map(({ one }) => `${one.agent} ${one.version}`)]),
    line(["---", ...shown.map(() => "---")]),
    ...Object.entries(PROMISES).map(([key, { what }]) =>
      line([`**${what}**`, ...shown.map(({ row, one }) => cellOf(key as PromiseKey, row, one))]),
    ),
  ];
  const reasons = shown.flatMap(({ row }) =>
    Object.entries(row.no).map(
      ([key, why]) => `- ${row.agent}, ${PROMISES[key as PromiseKey].what}: ${why}\n`,
    ),
  );
  const pages = shown.map(({ row }) => `[${row.agent}](${row.agent}.md)`);
  return [
    HEAD,
    ...table,
    "\n## Why not\n\n",
    ...reasons,
    "\n## More\n\n",
    `What we know and rely on, fact by fact: ${pages.join(", ")}.\n`,
  ].join("");
}

function cellOf(key: PromiseKey, row: PromiseRow, { passed }: PromisesKept): string {
  return row.no[key] === undefined ? (passed[key] ?? "not shown") : "no";
}
