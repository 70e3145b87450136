import assert from "node:assert/strict";
import test from "node:test";
import { warm } from "../../../src/agents/claude/warm.ts";

const signsOf = (value: object) => warm.read(Buffer.from(JSON.stringify(value)));

test("the lines by which a process says how it stands", () => {
  const state = (now: string) => ({ type: "system", subtype: "session_state_changed", state: now });
  assert.deepEqual(signsOf(state("running")), [{ is: "busy" }]);
  assert.deepEqual(signsOf(state("idle")), [{ is: "idle" }]);
  assert.deepEqual(signsOf(state("requires_action")), []);
  const lifecycle = (now: string) => ({ type: "command_lifecycle", command_uuid: "u1", state: now });
  for (const now of ["completed", "cancelled"])
    assert.deepEqual(signsOf(lifecycle(now)), [{ is: "over", promptId: "u1" }]);
  for (const now of ["queued", "started"]) assert.deepEqual(signsOf(lifecycle(now)), []);
  const answer = (subtype: string) => ({ type: "control_response", response: { subtype, request_id: "r1" } });
  assert.deepEqual(signsOf(answer("success")), [{ is: "answer", request: "r1", isDone: true }]);
  assert.deepEqual(signsOf(answer("error")), [{ is: "answer", request: "r1", isDone: false }]);
  const tasks = { type: "system", subtype: "background_tasks_changed", tasks: [{}] };
  assert.deepEqual(signsOf(tasks), [{ is: "tasks", count: 1 }]);
});

test("a version can stay only if it says what is needed, and says whether servers run", () => {
  const init = (capabilities: string[] | undefined, servers: object[]) =>
    signsOf({ type: "system", subtype: "init", capabilities, mcp_servers: servers });
  const both = ["msg_lifecycle_v1", "interrupt_cancel_queued_v1", "other"];
  assert.deepEqual(init(both, []), [{ is: "able", canStayWarm: true, hasServers: false }]);
  assert.deepEqual(init(both, [{}]), [{ is: "able", canStayWarm: true, hasServers: true }]);
  assert.deepEqual(init(both.slice(1), []), [{ is: "able", canStayWarm: false, hasServers: false }]);
  assert.deepEqual(init(undefined, []), [{ is: "able", canStayWarm: false, hasServers: false }]);
});

test("what is to begin a turn by itself, and that it failed, are told by the tool; words about it are not", () => {
  const use = (name: string) => ({
    type: "assistant",
    message: { content: [{ type: "tool_use", id: "t1", name, input: {} }] },
  });
  for (const name of ["ScheduleWakeup", "CronCreate", "Monitor"])
    assert.deepEqual(signsOf(use(name)), [{ is: "scheduled", tool: "t1" }]);
  assert.deepEqual(signsOf(use("Bash")), []);
  const words = { type: "assistant", message: { content: [{ type: "text", text: '"name":"Monitor"' }] } };
  assert.deepEqual(signsOf(words), []);
  const result = (isError: boolean) => ({
    type: "user",
    message: { content: [{ type: "tool_result", tool_use_id: "t1", is_error: isError, content: "no" }] },
  });
  assert.deepEqual(signsOf(result(true)), [{ is: "failed", tool: "t1" }]);
  assert.deepEqual(signsOf(result(false)), []);
});

test("hostile lines are no signs, and throw nothing", () => {
  for (const line of [
    "",
    "{",
    "null",
    '{"type":"command_lifecycle",',
    '{"type":"assistant","message":1}',
    "\0",
  ])
    assert.deepEqual(warm.read(Buffer.from(line)), []);
  assert.equal(
    warm.isOfOther(Buffer.from('{"type":"command_lifecycle","command_uuid":"u2","state":"queued"}'), "u1"),
    true,
  );
  assert.equal(
    warm.isOfOther(Buffer.from('{"type":"command_lifecycle","command_uuid":"u1","state":"queued"}'), "u1"),
    false,
  );
});
