import assert from "node:assert/strict";
import { appendFileSync, chmodSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import test from "node:test";
import { here } from "../../../src/app/ask/askers/here.ts";
import { create } from "../../../src/app/ask/create.ts";
import { send } from "../../../src/app/ask/send.ts";
import { openContextOf } from "../../../src/app/compose/open-context-of.ts";
import { adopt } from "../../../src/app/names/adopt.ts";
import { defineAgent } from "../../../src/domain/agent/agent.ts";
import { AppError } from "../../../src/domain/errors.ts";
import { tempFolder } from "../../support/temp-folder.ts";

/** Continues a conversation in the first file that is there, as an agent that deletes files by their names may. */
const PROGRAM = `#!${process.execPath}
const { appendFileSync, readdirSync } = require("node:fs");
const [kind, id] = process.argv.slice(2);
const names = readdirSync(process.env.HOME + "/chats").filter((name) => name.includes(id)).sort();
if (kind === "resume" && names.length === 0) process.exit(42);
const name = kind === "resume" ? names[0] : "s-2026-" + id;
appendFileSync(process.env.HOME + "/chats/" + name, JSON.stringify({ in: name }) + "\\n");
console.log(JSON.stringify({ id, in: name }));
`;

const hasty = defineAgent({
  name: "hasty",
  title: "Hasty",
  executable: "hasty",
  installHint: "Write it.",
  can: { chooseId: true },
  isSessionId: () => true,
  command: ({ launcher: [file = "hasty"], session }) => ({
    file,
    args: session.kind === "resume" ? ["resume", session.sessionId] : ["new", String(session.chosenId)],
  }),
  read: (value) => {
    const { id, in: text } = value as { id: string; in: string };
    return [
      { type: "session", sessionId: id },
      { type: "end", isError: false, text },
    ];
  },
  refusePrompt: (prompt) =>
    prompt === "/clear" ? { message: "It would begin anew.", hint: "Say something else." } : undefined,
  transcript: (id, { HOME = "" }) => ({
    root: join(HOME, "chats"),
    folders: [],
    file: new RegExp(`^s-(?:0|2\\d+)-${id}$`),
    isFirst: true,
    safeName: `s-0-${id}`,
  }),
});

test("a transcript gets the name under which its agent spares it, and another's keeps the old one, too", async (t) => {
  const folder = tempFolder(t);
  const [workspace, chats] = [join(folder, "workspace"), join(folder, "chats")];
  for (const path of [workspace, chats]) mkdirSync(path);
  writeFileSync(join(folder, "hasty"), PROGRAM);
  chmodSync(join(folder, "hasty"), 0o755);
  const env = {
    HOME: folder,
    TMPDIR: folder,
    AGENT_SESSIONS_HOME: join(folder, "state"),
    PATH: [folder, process.env.PATH].join(delimiter),
  };
  const { platform } = process;
  const around = { env, cwd: workspace, platform, uid: 0, userHome: folder, notify: () => undefined };
  const context = openContextOf({ hasty }, around);
  const [place, runner, mode] = [
    { name: "x", agent: "hasty", workspace },
    here({}),
    { kind: "plain" },
  ] as const;

  const begun = await create(context, { ...place, prompt: "hello" }, runner);
  assert.ok(begun.created);
  const id = String(begun.turn.sessionId);
  assert.deepEqual([begun.turn.text, readdirSync(chats)], [`s-2026-${id}`, [`s-0-${id}`]]);
  // What the agent leaves behind, and what it then takes away.
  writeFileSync(join(chats, `s-2027-${id}`), "{}\n");
  assert.equal((await send(context, { ...place, mode, prompt: "more" }, runner)).text, `s-0-${id}`);
  rmSync(join(chats, `s-2027-${id}`));
  const third = await send(context, { ...place, mode, prompt: "again" }, runner);
  assert.deepEqual([third.text, third.continuity, third.foreignBytes], [`s-0-${id}`, "native", undefined]);
  await assert.rejects(
    () => send(context, { ...place, mode, prompt: "/clear" }, runner),
    (error) => error instanceof AppError && error.code === "unsupported" && /begin anew/.test(error.message),
  );

  writeFileSync(join(chats, "s-2026-theirs"), "{}\n");
  await adopt(context, { name: "y", agent: "hasty", workspace, sessionId: "theirs" });
  const names = () => readdirSync(chats).filter((name) => name.endsWith("theirs"));
  assert.deepEqual(names(), ["s-0-theirs", "s-2026-theirs"]);
  appendFileSync(join(chats, "s-2026-theirs"), "{}\n");
  const size = () => statSync(join(chats, "s-0-theirs")).size;
  assert.equal(size(), 6, "what their window says is in both");
  rmSync(join(chats, "s-2026-theirs"));
  const continued = await send(context, { ...place, name: "y", mode, prompt: "hi" }, runner);
  assert.deepEqual([continued.text, continued.continuity], ["s-0-theirs", "native"]);

  rmSync(join(chats, `s-0-${id}`));
  writeFileSync(join(chats, `s-2027-${id}`), "{}\n");
  assert.equal((await send(context, { ...place, mode, prompt: "lost" }, runner)).continuity, "restored");
});
