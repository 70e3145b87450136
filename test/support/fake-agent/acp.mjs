#!/usr/bin/env node
// An agent that speaks ACP and does what no real one can be made to do: `acp.mjs WHAT FOLDER`. It keeps its conversations in
// FOLDER, and answers with the number of prompts that it has in the conversation.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const [what, folder] = process.argv.slice(2);
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const update = (sessionId, body) => send({ method: "session/update", params: { sessionId, update: body } });
const chunk = (text, role = "agent") => ({
  sessionUpdate: `${role}_message_chunk`,
  content: { type: "text", text },
});
const pathOf = (id) => join(folder, `${id}.txt`);
const promptsIn = (id) => readFileSync(pathOf(id), "utf8").split("\n").filter(Boolean);
const waiting = new Map();
let asked = 100;
let cancelled = () => undefined;

// It lives on at the end of its input, and when it is asked to end.
if (what === "deaf") {
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => undefined);
  setInterval(() => undefined, 1_000);
}

const load = ({ sessionId }) => {
  if (what === "new-instead") return { result: { sessionId: "other" } };
  if (what === "empty-load") return { result: null };
  if (!existsSync(pathOf(sessionId)))
    return { error: { code: -32002, message: `Resource not found: ${sessionId}` } };
  for (const prompt of promptsIn(sessionId)) update(sessionId, chunk(prompt, "user"));
  return { result: null };
};

const CAPABILITIES = {
  "no-load": {},
  "only-resume": { sessionCapabilities: { resume: {} } },
};

const METHODS = {
  initialize: () => ({
    result: {
      protocolVersion: what === "other-version" ? 7 : 1,
      agentInfo: { name: what === "other-name" ? "Other" : "Fake", version: "1.2.3" },
      agentCapabilities: CAPABILITIES[what] ?? { loadSession: true },
    },
  }),
  "session/new": () => {
    if (what === "no-id") return { result: {} };
    if (what === "bad-id") return { result: { sessionId: "../../x" } };
    // The same id as any other agent of this kind.
    appendFileSync(pathOf("1"), "");
    return { result: { sessionId: "1" } };
  },
  "session/load": load,
  "session/resume": load,
  "session/prompt": async ({ sessionId, prompt: [{ text }] }) => {
    const id = existsSync(pathOf(sessionId)) ? sessionId : "1";
    appendFileSync(pathOf(id), `${text.replaceAll("\n", " ")}\n`);
    switch (what) {
      case "dies":
        update(sessionId, chunk("I beg"));
        process.stderr.write("Error: out of cheese\n");
        return process.exit(9);
      case "killed":
        update(sessionId, chunk("I beg"));
        return process.kill(process.pid, "SIGKILL");
      case "silent-success":
        return { result: { stopReason: "end_turn" } };
      case "error-as-text":
        update(sessionId, chunk("Error: Authentication failed with provider at http://x (HTTP 401)."));
        return { result: { stopReason: "end_turn" } };
      case "refuses":
        return { error: { code: -32603, message: "Internal error", data: { status: 500 } } };
      case "unsigned":
        return { error: { code: -32000, message: "Authentication required" } };
      case "stops-early":
        update(sessionId, chunk("half"));
        return { result: { stopReason: "max_tokens" } };
      case "elsewhere":
        update("2", chunk("I am somewhere else"));
        return { result: { stopReason: "end_turn" } };
      case "floods":
        for (let at = 0; at < 200_000; at += 1) update(sessionId, { sessionUpdate: "agent_thought_chunk" });
        process.stdout.write(`not JSON\n${"x".repeat(1_000_000)}\n{"jsonrpc":"2.0"}\n[]\nnull\n`);
        break;
      case "never-ends":
      case "deaf":
        await new Promise(() => undefined);
        break;
      case "cancels":
        await new Promise((resolve) => {
          cancelled = resolve;
        });
        return { result: { stopReason: "cancelled" } };
    }
    if (text.startsWith("ask ")) {
      const [, kind, path] = text.split(" ");
      const locations = path === undefined ? undefined : [{ path }];
      const toolCall = { toolCallId: "t", kind, title: `do ${kind}`, locations };
      update(sessionId, { sessionUpdate: "tool_call", status: "pending", ...toolCall });
      asked += 1;
      send({
        id: asked,
        method: "session/request_permission",
        params: {
          sessionId,
          toolCall,
          options: [
            { optionId: "always", kind: "allow_always", name: "Always" },
            { optionId: "yes", kind: "allow_once", name: "Yes" },
            { optionId: "no", kind: "reject_once", name: "No" },
          ],
        },
      });
      const { outcome } = await new Promise((resolve) => waiting.set(asked, resolve));
      update(sessionId, { sessionUpdate: "tool_call_update", toolCallId: "t", status: "completed" });
      update(sessionId, chunk(`answered ${outcome.optionId}`));
      return { result: { stopReason: "end_turn" } };
    }
    update(sessionId, chunk(`${promptsIn(id).length} prompts`));
    return { result: { stopReason: "end_turn" } };
  },
};

createInterface({ input: process.stdin }).on("line", async (line) => {
  const { id, method, params, result } = JSON.parse(line);
  if (method === "session/cancel") return cancelled();
  if (method === undefined) return waiting.get(id)?.(result);
  const answer = METHODS[method]?.(params) ?? { error: { code: -32601, message: method } };
  send({ id, ...(await answer) });
});
