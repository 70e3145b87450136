import { ACCESSES, type Access } from "../agent/access.ts";
import { parseBudget } from "../budget/budget.ts";
import type { Cap } from "../budget/caps.ts";
import { KEYS, type KnownAgents, type SettingValue } from "./keys.ts";
import type { Settings } from "./table.ts";

export type Source = "environment" | "repository" | "user" | "default";

/** A value that applies, and where it comes from. */
export interface Found {
  value: SettingValue;
  from: Source;
}

export interface Layers {
  environment: Settings;
  repository: Settings;
  user: Settings;
  /** Whether the user has allowed the repository's file as it is now. */
  isAllowed: boolean;
  /** The agent of a new conversation if no settings name one. */
  defaultAgent: string;
}

/** What the settings come to. */
export interface InForce {
  /** The settings that are the same for all agents. */
  plain: ReadonlyMap<string, Found>;
  /** For each agent: what applies unless a request or a name says otherwise, and what the environment says. */
  ofAgents: ReadonlyMap<
    string,
    {
      files: ReadonlyMap<string, Found>;
      environment: ReadonlyMap<string, Found>;
      /** The budgets of the files, which all apply; `files` has the one that they come to, in its unit. */
      budgets: readonly Cap[];
    }
  >;
  /** What is in the repository's file, and counts only once the user has allowed it. */
  unused: readonly string[];
  /** Why a value can't apply, with its name and where it is; for the first one that can't. */
  problem: { from: Source; text: string } | undefined;
}

type FileSource = "environment" | "repository" | "user";

/**
 * Returns what applies. At the top of a file, `model`, `effort`, `agent-cmd` and `agent-args` are those of the
 * file's own `agent`: agents call their models differently. A file without one means the built-in default agent: a
 * repository's says the same to everyone. `access` and `budget` are those of all. Of budgets all apply, so that a
 * repository can only make them smaller.
 */
export function inForce(layers: Layers, agents: KnownAgents): InForce {
  const unused = new Set<string>();
  const counted = { ...layers, repository: countedOf(layers, unused) };
  const plain = new Map<string, Found>();
  for (const source of ["user", "repository", "environment"] as const)
    for (const [name, value] of counted[source])
      if (KEYS[name]?.isOfAgent !== true && KEYS[name] !== undefined)
        plain.set(name, { value, from: source });
  const { defaultAgent } = layers;
  const tiedIn: Record<FileSource, string> = {
    user: String(layers.user.get("agent") ?? defaultAgent),
    // What it says of its agent is meant for no other one, also where that agent is not used.
    repository: String(layers.repository.get("agent") ?? defaultAgent),
    environment: String(plain.get("agent")?.value ?? defaultAgent),
  };
  const valueIn = (source: FileSource, agent: string, key: string) => {
    const isMeant = key === "access" || key === "budget" || tiedIn[source] === agent;
    return counted[source].get(`${agent}.${key}`) ?? (isMeant ? counted[source].get(key) : undefined);
  };
  let problem: InForce["problem"];
  const ofAgents = agents.map((agent) => {
    const { name } = agent;
    const files = new Map<string, Found>();
    const environment = new Map<string, Found>();
    const budgets: Cap[] = [];
    for (const key of Object.keys(KEYS).filter((one) => KEYS[one]?.isOfAgent)) {
      const candidates: [FileSource, Map<string, Found>][] = [
        ["user", files],
        ["repository", files],
        ["environment", environment],
      ];
      for (const [source, into] of candidates) {
        const value = valueIn(source, name, key);
        if (value === undefined) continue;
        if (key === "effort" && !agent.can.efforts.includes(String(value))) {
          const hint = agent.can.efforts.join(", ");
          problem ??= {
            from: source,
            text: `effort is ${JSON.stringify(value)}; ${agent.title} takes ${hint || "none"}`,
          };
        }
        const cap = key === "budget" ? capOf(value, source) : undefined;
        if (cap !== undefined && budgets.some((other) => !isSmaller(cap, other))) continue;
        if (cap !== undefined) budgets.push(cap);
        const isWider = source === "repository" && key === "access" && !layers.isAllowed;
        if (isWider && !isWithin(value, files.get("access")?.value))
          unused.add(counted.repository.has(`${name}.access`) ? `${name}.access` : "access");
        else into.set(key, { value, from: source });
      }
    }
    return [name, { files, environment, budgets }] as const;
  });
  return { plain, ofAgents: new Map(ofAgents), unused: [...unused], problem };
}

/** Returns what of a repository's file is looked at; adds the rest to `unused`. */
function countedOf(layers: Layers, unused: Set<string>): Settings {
  const { repository, isAllowed } = layers;
  if (isAllowed) return repository;
  return new Map(
    [...repository].filter(([name, value]) => {
      const isAsked = KEYS[name.slice(name.indexOf(".") + 1)]?.repository === "allowed";
      const isRefused = isAsked || (name === "agent" && mayDoMore(layers, String(value)));
      if (isRefused) unused.add(name);
      return !isRefused;
    }),
  );
}

/** Whether an agent may be given more than the one that new conversations would have without the repository's file. */
function mayDoMore({ user, defaultAgent }: Layers, agent: string): boolean {
  const usual = String(user.get("agent") ?? defaultAgent);
  if (agent === usual) return false;
  // A wrapper can be a sandbox or another account, and an argument a permission or a ban.
  const isStartedSpecially = ["agent-cmd", "agent-args"].some(
    (key) => user.has(key) || user.has(`${agent}.${key}`) || user.has(`${usual}.${key}`),
  );
  const accessOf = (one: string) => user.get(`${one}.access`) ?? user.get("access");
  const [access, limit] = [accessOf(agent), accessOf(usual)];
  // Without an access of ours, the agent's own settings may allow everything.
  const isMore = access !== limit && (access === undefined || !isWithin(access, limit));
  return isStartedSpecially || isMore;
}

function capOf(value: SettingValue, from: FileSource): Cap | undefined {
  const budget = typeof value === "string" ? parseBudget(value) : undefined;
  return budget === undefined || from === "environment" ? undefined : { ...budget, from };
}

/** Whether a budget is no less strict for being beside another one: of two units, each counts. */
function isSmaller(cap: Cap, other: Cap): boolean {
  return cap.unit !== other.unit || cap.amount < other.amount;
}

/** Whether an access is at most another one. Less than all that an agent's own settings can allow is only reading. */
function isWithin(access: SettingValue, limit: SettingValue | undefined): boolean {
  const rank = (value: SettingValue) => ACCESSES.indexOf(value as Access);
  return rank(access) <= rank(limit ?? "read-only");
}
