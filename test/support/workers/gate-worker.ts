import { here } from "../../../src/app/ask/askers/here.ts";
import { send } from "../../../src/app/ask/send.ts";
import { openContext } from "../../../src/app/compose/open-context.ts";
import { TurnFolder } from "../../../src/stores/file/turns/folder.ts";
import { standStill } from "../abandoned.ts";

// Runs a send and stops for ever at the gate: before or after the agent's process is on record.
const [moment, agentCommand = "", prompt = ""] = process.argv.slice(2);
const save = TurnFolder.prototype.saveAgentProcess;
TurnFolder.prototype.saveAgentProcess = function stopHere(identity) {
  if (moment === "after") save.call(this, identity);
  process.stdout.write(`${identity.pid}\n`);
  standStill(process.cwd());
};

const context = openContext({
  env: process.env,
  cwd: process.cwd(),
  platform: process.platform,
  uid: process.getuid?.() ?? 0,
  userHome: process.env.HOME,
  notify: () => undefined,
});
const mode = { kind: "plain" } as const;
await send(
  context,
  { name: "x", workspace: process.cwd(), mode, prompt, agentCommand, ifBusy: "fail" },
  here({}),
);
