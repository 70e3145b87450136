// An app server of codex that does what the real one can't be made to do: `app-server.mjs WHAT`.
import { createInterface } from "node:readline";

const what = process.argv[2];
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const threadId = "thread";
const turn = { id: "turn", items: [], status: "inProgress", error: null };

// It lives on at the end of its input, and when it is asked to end.
if (what === "wedged") {
  process.on("SIGTERM", () => undefined);
  setInterval(() => undefined, 1_000);
}

const ANSWERS = {
  initialize: () => ({ result: {} }),
  "config/read": () => ({ result: { config: { model: "m", mcp_servers: { one: {} } } } }),
  "thread/resume": ({ model, modelProvider, runtimeWorkspaceRoots }) => ({
    result: {
      model: what === "other-model" ? "other" : model,
      ...{ modelProvider, runtimeWorkspaceRoots, approvalPolicy: "never", sandbox: { type: "readOnly" } },
    },
  }),
  "turn/start": () =>
    what === "refuses" ? { error: { code: 1, message: "no turn" } } : { result: { turn } },
  "thread/unsubscribe": () => ({ result: { status: "notLoaded" } }),
};

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined || (what === "mute" && method === "turn/start")) return;
  say({ id, ...ANSWERS[method](params) });
  if (method !== "turn/start") return;
  if (what === "closes") say({ method: "thread/closed", params: { threadId } });
  if (what === "ends") {
    say({ method: "turn/started", params: { threadId, turn } });
    say({ method: "warning", params: { threadId: "other", message: "not ours" } });
    say({ method: "turn/completed", params: { threadId, turn: { ...turn, status: "completed" } } });
  }
});
