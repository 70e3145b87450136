import { agentInIds } from "../agents/acp/identity.ts";
import { REFUSALS } from "../agents/acp/lines.ts";
import type { AcpSettings } from "../agents/acp/settings.ts";
import { anything, isRecord, list, maybe, number, object, type Read, text } from "../domain/shape.ts";
import { version } from "../domain/version.ts";
import { Refused, type RpcProcess } from "./rpc.ts";

/** The version of ACP that is spoken here. */
const PROTOCOL = 1;
/** Some need 8 s to start on a busy machine, and far more on one that swaps. */
const INITIALIZE_MS = 120_000;

const asInitialized = object({
  protocolVersion: maybe(number),
  agentInfo: maybe(object({ name: text, version: maybe(text) })),
  agentCapabilities: maybe(object({ loadSession: maybe(anything), sessionCapabilities: maybe(anything) })),
});
const asOption = object({
  id: text,
  category: maybe(text),
  currentValue: maybe(text),
  options: maybe(list(anything)),
});
const asSession = object({
  sessionId: maybe(text),
  configOptions: maybe(list(anything)),
  modes: maybe(object({ availableModes: maybe(list(object({ id: text }))) })),
});
const asValue = object({ value: text });

/** Why there will be no turn: what is in `REFUSALS`, or the agent's own words. */
export class NoSession extends Error {
  constructor(
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

/** What an agent says of itself. */
export interface Told {
  name: string;
  version?: string | undefined;
  can: { load: boolean; resume: boolean; fork: boolean };
}

export async function initialize(rpc: RpcProcess, fallbackName: string): Promise<Told> {
  const asked = rpc.request("initialize", {
    protocolVersion: PROTOCOL,
    clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
    clientInfo: { name: "agent-sessions", version },
  });
  // What speaks no ACP may wait for a person, and for ever.
  const late = new Promise<never>((_, reject) => {
    const words = `It has not answered initialize in ${INITIALIZE_MS / 1000} s: it may not speak ACP.`;
    setTimeout(() => reject(new NoSession("refused", words)), INITIALIZE_MS).unref();
  });
  const answer = asInitialized(await Promise.race([asked, late]));
  const { protocolVersion, agentInfo, agentCapabilities } = answer ?? {};
  if (answer === undefined || protocolVersion !== PROTOCOL) {
    const spoken = protocolVersion === undefined ? "does not speak ACP" : `speaks ACP ${protocolVersion}`;
    throw new NoSession("refused", `The program ${spoken}; version ${PROTOCOL} is needed.`);
  }
  const more = agentCapabilities?.sessionCapabilities;
  const isOffered = (what: string) => isRecord(more) && more[what] !== undefined && more[what] !== null;
  return {
    name: agentInfo?.name ?? fallbackName,
    version: agentInfo?.version,
    can: {
      load: agentCapabilities?.loadSession === true,
      resume: isOffered("resume"),
      fork: isOffered("fork"),
    },
  };
}

/** Refuses, before anything has begun, what could only end in a lie. @throws NoSession */
export function refuseUnfit({ session, keeps }: AcpSettings, { name, can }: Told): void {
  if (keeps && !can.load && !can.resume)
    throw new NoSession(
      "refused",
      `${REFUSALS.forgetful}: ${name} offers neither session/load nor session/resume.`,
    );
  if (session.kind === "fork" && !can.fork)
    throw new NoSession("refused", `${REFUSALS.forgetful} a copy: ${name} does not offer session/fork.`);
  const of = session.kind === "resume" ? session.of : undefined;
  if (of !== undefined && of !== agentInIds(name))
    throw new NoSession(
      "refused",
      `${REFUSALS.other}: the conversation is of ${of}, and this program calls itself ${agentInIds(name)}.`,
    );
}

export interface Opened {
  /** The agent's own id. */
  id: string;
  state: Read<typeof asSession>;
}

/** Opens the conversation: a new one only where one was asked for. @throws NoSession, Refused */
export async function openSession(
  rpc: RpcProcess,
  { session }: AcpSettings,
  { can }: Told,
  cwd: string,
): Promise<Opened> {
  const place = { cwd, mcpServers: [] };
  if (session.kind === "resume") {
    const { id } = session;
    // What it loads, it shows: that proves more than that it takes the id.
    const method = can.load ? "session/load" : "session/resume";
    const state = asSession(await rpc.request(method, { sessionId: id, ...place })) ?? {};
    if (state.sessionId !== undefined && state.sessionId !== id)
      throw new NoSession("lost", `${REFUSALS.lost}: it has opened ${state.sessionId} instead of ${id}.`);
    return { id, state };
  }
  const state = asSession(
    session.kind === "new"
      ? await rpc.request("session/new", place)
      : await rpc.request("session/fork", { sessionId: session.id, ...place }),
  );
  // An id is a part of paths and of command lines.
  if (!/^[A-Za-z0-9_][\w.:=+@-]{0,199}$/.test(state?.sessionId ?? ""))
    throw new NoSession("refused", `The agent has begun a conversation without an id that can be kept.`);
  return { id: state?.sessionId ?? "", state: state ?? {} };
}

/** Sets the model and the mode. Returns the model, where the agent tells. @throws NoSession, Refused */
export async function applySettings(
  rpc: RpcProcess,
  { model, mode }: AcpSettings,
  { id: sessionId, state }: Opened,
): Promise<string | undefined> {
  const options = (state.configOptions ?? []).flatMap((value) => asOption(value) ?? []);
  const ofCategory = (category: string) => options.find((option) => option.category === category);
  const set = (configId: string, value: string) =>
    rpc.request("session/set_config_option", { sessionId, configId, value });
  const models = ofCategory("model");
  if (model !== undefined && models?.currentValue !== model) {
    if (models !== undefined) await set(models.id, model);
    else await rpc.request("session/set_model", { sessionId, modelId: model });
  }
  // Set even where it is said to be so: kimi 2.1.0 calls the mode `default` when it has loaded a conversation in `yolo`.
  if (mode !== undefined) {
    const modes = ofCategory("mode");
    if (state.modes?.availableModes?.some(({ id }) => id === mode))
      await rpc.request("session/set_mode", { sessionId, modeId: mode }).catch(unlessSet);
    else if (modes?.options?.some((option) => asValue(option)?.value === mode)) await set(modes.id, mode);
    else throw new NoSession("refused", `The agent has no mode ${JSON.stringify(mode)}.`);
  }
  return model ?? models?.currentValue;
}

/** kimi 2.1.0 refuses `plan` to a conversation that is in it. @throws the error, unless it says that the mode is set */
function unlessSet(error: unknown): void {
  if (!(error instanceof Refused && /\balready in\b/i.test(JSON.stringify(error.error)))) throw error;
}

/** The words and the kind of a refusal. Agents have no code in common for a conversation that they don't have. */
export function explain(error: Refused, method: "open" | "other"): NoSession {
  const { code, message, data } = error.error;
  const more = data === undefined || data === null ? "" : ` ${JSON.stringify(data)}`;
  const words = `${message}${more}`;
  const isLost =
    method === "open" &&
    (code === NOT_FOUND || UNKNOWN_ID.test(words)) &&
    !/\bauth|sign|login\b/i.test(message);
  return isLost
    ? new NoSession("lost", `${REFUSALS.lost}: ${words}`)
    : new NoSession("failed", code === 0 ? words : `${words} (${code})`);
}

/** ACP 1: resource not found. */
const NOT_FOUND = -32002;
/** Kimi 2.1.0, Codex by its adapter 2.6.0, Gemini 0.61.0. */
const UNKNOWN_ID =
  /\b(?:unknown session|session not found|no rollout found|invalid session identifier|no such session)/i;
