// The program that runs one turn by an agent that speaks ACP: `acp-run.cjs SETTINGS COMMAND…`, with the prompt on its stdin.
// It is the agent's process for whoever started it, and prints lines of JSON, the last of them a `result`.
import { readFileSync } from "node:fs";
import { asAcpSettings } from "../agents/acp/settings.ts";
import { parseJson } from "../domain/parse-json.ts";
import { AcpTurn } from "./acp-turn.ts";

const [given = "", ...command] = process.argv.slice(2);
const settings = asAcpSettings(parseJson(given));
if (settings === undefined) throw new Error(`These are no settings of a turn: ${given}`);

// Files, so that each line is there before this process does anything else.
const print = (value: object) => void process.stdout.write(`${JSON.stringify(value)}\n`);
const complain = (message: string) => void process.stderr.write(`${message}\n`);
const prompt = readFileSync(0, "utf8");
const turn = new AcpTurn(settings, command, { cwd: process.cwd(), print, complain });
let code: number | undefined;
for (const [signal, exitCode] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)
  process.on(signal, () => {
    code ??= exitCode;
    turn.cancel();
  });
turn.run(prompt).then((ended) => process.exit(ended === 0 ? 0 : (code ?? ended)));
