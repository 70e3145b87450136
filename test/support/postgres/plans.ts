import { Client } from "pg";

/** How the database has run a statement. */
export interface StatementPlan {
  /** The statement, on one line. */
  text: string;
  ms: number;
  scans: Scan[];
}

/** How it has read a table, or what another part of the statement has made. */
interface Scan {
  table: string;
  /** As PostgreSQL says it: `Seq Scan` reads the whole table. */
  how: string;
  /** How many rows it has looked at, those included that were not wanted. */
  rows: number;
}

const HAS_PLAN = /^\s*(select|insert|update|delete|with)\b/i;
const IN_TRANSACTION = new WeakSet<Client>();

/**
 * Returns how the database has run each statement that `work` has sent from this process, in their order. Each is run
 * twice: first for its plan, without effect.
 */
export async function plansOf(work: () => Promise<unknown>): Promise<StatementPlan[]> {
  const original = Client.prototype.query;
  const plans: StatementPlan[] = [];
  // A transaction sends statements without waiting for those before them.
  const before = new WeakMap<Client, Promise<unknown>>();
  const send = (client: Client, ...args: unknown[]): Promise<{ rows: unknown[] }> =>
    Reflect.apply(original, client, args);
  const plan = async (client: Client, text: string, values: unknown): Promise<void> => {
    const isInner = IN_TRANSACTION.has(client);
    await send(client, isInner ? "savepoint planned" : "begin");
    try {
      const { rows } = await send(client, `explain (analyze, format json) ${text}`, values);
      for (const {
        "QUERY PLAN": [{ Plan: root, "Execution Time": ms }],
      } of rows as { "QUERY PLAN": [Explained] }[])
        plans.push({ text: text.replace(/\s+/g, " ").trim(), ms, scans: scansOf(root) });
    } finally {
      await send(client, isInner ? "rollback to savepoint planned" : "rollback");
      if (isInner) await send(client, "release savepoint planned");
    }
  };
  const planned = function (this: Client, ...args: unknown[]) {
    const [first, given] = args;
    const { text, values } = (typeof first === "string" ? { text: first, values: given } : first) as {
      text: unknown;
      values?: unknown;
    };
    const callback = args.find((one) => typeof one === "function") as Callback | undefined;
    const work = async () => {
      if (typeof text === "string" && /^\s*begin\s*$/i.test(text)) IN_TRANSACTION.add(this);
      if (typeof text === "string" && HAS_PLAN.test(text))
        await plan(this, text, Array.isArray(values) ? values : []);
      if (typeof text === "string" && /^\s*(commit|rollback)\s*$/i.test(text)) IN_TRANSACTION.delete(this);
      return send(this, ...args.filter((one) => one !== callback));
    };
    const rest = (before.get(this) ?? Promise.resolve()).then(work);
    before.set(
      this,
      rest.catch(() => undefined),
    );
    if (callback === undefined) return rest;
    rest.then((result) => callback(null, result), callback);
  };
  Client.prototype.query = planned as typeof original;
  try {
    await work();
  } finally {
    Client.prototype.query = original;
  }
  return plans;
}

/** Tables that hold a row for each thing that there ever was. */
const OF_MANY = new Set(["turn", "journal", "lane", "session", "name", "name_line", "said", "piece"]);

export function isOfMany({ table }: Scan): boolean {
  return OF_MANY.has(table);
}

/** Returns, in words, which tables that grow were read as a whole, or to more rows than this. */
export function wideScans(plans: readonly StatementPlan[], mostRows = Number.POSITIVE_INFINITY): string[] {
  return plans.flatMap(({ text, scans }) =>
    scans
      .filter(
        (scan) => isOfMany(scan) && (scan.rows > mostRows || (scan.how === "Seq Scan" && scan.rows > 0)),
      )
      .map(({ table, how, rows }) => `${how} of ${rows} rows of ${table} by: ${text}`),
  );
}

type Callback = (error: unknown, result?: unknown) => void;

interface Explained {
  Plan: PlanNode;
  "Execution Time": number;
}

interface PlanNode {
  "Node Type": string;
  "Relation Name"?: string;
  "CTE Name"?: string;
  "Actual Rows": number;
  "Actual Loops": number;
  "Rows Removed by Filter"?: number;
  "Rows Removed by Index Recheck"?: number;
  Plans?: PlanNode[];
}

function scansOf(node: PlanNode): Scan[] {
  const inner = (node.Plans ?? []).flatMap(scansOf);
  const { "Node Type": how, "Relation Name": table = node["CTE Name"] } = node;
  if (table === undefined || how === "ModifyTable" || how === "LockRows") return inner;
  const perLoop =
    node["Actual Rows"] +
    (node["Rows Removed by Filter"] ?? 0) +
    (node["Rows Removed by Index Recheck"] ?? 0);
  return [{ table, how, rows: perLoop * node["Actual Loops"] }, ...inner];
}
