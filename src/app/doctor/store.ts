import { AppError } from "../../domain/errors.ts";
import { findStoreAddress, findsStore, type StoreAddress } from "../../stores/store-address.ts";
import { reportStore, type StoreReport } from "../store/status.ts";
import type { Surroundings } from "../surroundings.ts";
import { type Finding, foundOr, ok, problem, problemOf, warning } from "./finding.ts";

/** What pg-boss asks for in its package. */
const BOSS_NEEDS: readonly [number, number] = [22, 12];

/** Checks the store that machines share, where one is set: the only check that asks another machine. */
export async function checkStore({ env, openShared }: Surroundings, nodeVersion: string): Promise<Finding[]> {
  if (!findsStore(env)) return keyWithoutStore(env);
  if (openShared === undefined)
    return [
      problem(
        "A store is set that machines share, and this program can't use it.",
        "Use the installed agent-sessions, or unset AGENT_SESSIONS_STORE.",
      ),
    ];
  let address: StoreAddress | undefined;
  try {
    address = findStoreAddress(env);
  } catch (error) {
    return [problemOf(error)];
  }
  if (address === undefined) return [];
  const findings = [nodeFor(nodeVersion)];
  try {
    return [...findings, ...told(await reportStore(env), address)];
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // What is wrong with the key is said before anybody is asked.
    return [...findings, problemOf(error)];
  }
}

function keyWithoutStore({ AGENT_SESSIONS_STORE_KEY_FILE: key }: Surroundings["env"]): Finding[] {
  if (!key) return [];
  return [
    warning(
      "AGENT_SESSIONS_STORE_KEY_FILE is set, and no store is.",
      "Set AGENT_SESSIONS_STORE, or unset it.",
    ),
  ];
}

function nodeFor(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const [needed, least] = BOSS_NEEDS;
  if (major > needed || (major === needed && minor >= least))
    return ok(`Node ${version} is enough for pg-boss.`);
  return warning(
    `pg-boss, which the store uses, asks for Node ${needed}.${least}; this is ${version}. Our tests pass with both.`,
    `Run workers with Node ${needed}.${least} or newer.`,
  );
}

function told(report: StoreReport, { tls, host, keyFile }: StoreAddress): Finding[] {
  const { store, server, version, role, team, isWorker, isSealed, isEncrypted } = report;
  const whose = team === "" ? "the team without a name" : `the team ${team}`;
  const way = host.startsWith("/") ? "by a socket of this machine" : `to ${host}`;
  return [
    ok(`${store} can be reached: PostgreSQL ${server}, tables of version ${version}.`),
    ok(`The login ${role} is a ${isWorker ? "worker" : "client"} of ${whose}.`),
    isEncrypted
      ? ok(
          `The connection ${way} is encrypted, and the server's name is ${tls === undefined ? "not " : ""}checked.`,
        )
      : ok(`The connection ${way} is not encrypted; it does not leave this machine.`),
    isSealed
      ? ok(`What is written is sealed with the key in ${keyFile}, which others can't read.`)
      : ok(
          "Nothing is sealed: whoever reads the database reads prompts, answers and transcripts.",
          "Name a file with a key in AGENT_SESSIONS_STORE_KEY_FILE.",
        ),
    ...workersIn(report),
  ];
}

function workersIn({ workers, waiting, forgotten, at }: StoreReport): Finding[] {
  const age = (since: string) => `${Math.max(0, Math.round((Date.parse(at) - Date.parse(since)) / 1_000))} s`;
  const each = workers.map(({ worker, agents, workspaces, seenAt, isLost }) => {
    const what = `${agents.join(", ")} in ${workspaces.join(", ")}`;
    return isLost
      ? warning(
          `The worker ${worker} of ${what} was last seen ${age(seenAt)} ago.`,
          "If it was killed, start it again in its place; its turns go to others meanwhile.",
        )
      : ok(`The worker ${worker} serves ${what}; seen ${age(seenAt)} ago.`);
  });
  const alone = waiting.line
    .filter(({ isServed }) => !isServed)
    .map(({ turns, agent, workspace, oldestAt }) =>
      problem(
        turns === 1
          ? `1 turn of ${agent} in ${workspace} waits for ${age(oldestAt)}, and no worker takes it.`
          : `${turns} turns of ${agent} in ${workspace} wait, the oldest for ${age(oldestAt)}, and no worker takes them.`,
        "Start a worker on a machine that has the workspace.",
      ),
    );
  const lost =
    forgotten > 0
      ? [
          warning(
            `${forgotten} conversations have turns that no worker was told of. Workers find them within a minute.`,
          ),
        ]
      : [];
  return foundOr([...each, ...alone, ...lost], "No worker serves, and no turn waits.");
}
