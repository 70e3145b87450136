// The program that runs turns of one thread by an app server of codex: `codex-bridge.cjs SETTINGS COMMAND…`. It is the
// agent's process for whoever started it, and takes what it has to do as lines on its stdin.
import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { asThreadSettings, type Place } from "../agents/codex/app-server/settings.ts";
import { asTold } from "../agents/codex/app-server/talk.ts";
import { parseJson } from "../domain/parse-json.ts";
import { LineSplitter } from "../system/lines/splitter.ts";
import { CodexThread } from "./codex-thread.ts";

const [given = "", ...command] = process.argv.slice(2);
const settings = asThreadSettings(parseJson(given));
if (settings === undefined) throw new Error(`These are no settings of a thread: ${given}`);

// Files, so that each line is there before this process does anything else.
const print = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`);
const complain = (message: string) => process.stderr.write(`${message}\n`);
const folder = process.cwd();
const placeNow = () => ({ folder, repository: repositoryAround(folder) });
const thread = new CodexThread(settings, placeNow, command, print, complain);
thread.exited.then((code) => process.exit(code));

const lines = new LineSplitter();
process.stdin.on("data", (chunk: Buffer) => {
  for (const line of lines.push(chunk)) {
    const told = asTold(parseJson(line));
    if (told === undefined) throw new Error("a line that this version does not know");
    thread.told(told);
  }
});
process.stdin.on("end", () => thread.endInput());

/** codex 0.171.0 looks for `.git` in the folder and above it, and for `HEAD` in there. */
function repositoryAround(start: string): Place["repository"] {
  for (let at = start; ; at = dirname(at)) {
    const git = statSync(join(at, ".git"), { throwIfNoEntry: false });
    if (git?.isFile()) return "linked";
    if (git?.isDirectory() && statSync(join(at, ".git/HEAD"), { throwIfNoEntry: false })) return "plain";
    if (dirname(at) === at) return "none";
  }
}
