import type { Proof, ProofCommand } from "../domain/agent/travel.ts";
import { parseJson } from "../domain/parse-json.ts";
import { anything, maybe, number, object, text } from "../domain/shape.ts";

const PROVES = 2;
const asReply = object({ id: number, result: maybe(anything), error: maybe(object({ message: text })) });
/** How an answer begins that is too long to be parsed: it has the whole conversation. */
const LONG = new RegExp(`^\\{(?:"jsonrpc":"2\\.0",)?"id":${PROVES},"result":`);

/** A request, or without an id a notification. */
type Message = readonly [method: string, params?: object];

/**
 * Returns a proof by JSON-RPC: the program is initialized, and then asked for the conversation. It can continue a
 * conversation that it can read.
 */
export function proofByRpc(
  args: string[],
  initialize: Message,
  { told = [], ask }: { told?: readonly Message[]; ask: Message },
): ProofCommand {
  const line = ([method, params]: Message, id?: number) =>
    `${JSON.stringify({ jsonrpc: "2.0", ...(id === undefined ? {} : { id }), method, params })}\n`;
  return {
    args,
    input: [line(initialize, 1), ...told.map((one) => line(one)), line(ask, PROVES)].join(""),
    read: readReply,
    atExit: () => undefined,
  };
}

function readReply(line: string): Proof | undefined {
  if (LONG.test(line)) return { canContinue: true };
  const reply = asReply(parseJson(line));
  if (reply?.error !== undefined && (reply.id === PROVES || reply.id === 1))
    return { canContinue: false, says: reply.error.message };
  return reply?.id === PROVES && reply.result !== undefined ? { canContinue: true } : undefined;
}
