import { here } from "../../../src/app/ask/askers/here.ts";
import { create } from "../../../src/app/ask/create.ts";
import { openContext } from "../../../src/app/compose/open-context.ts";
import { TurnFolder } from "../../../src/stores/file/turns/folder.ts";
import { standStill } from "../abandoned.ts";

// Creates "x" and stops for ever in the moment of publishing: the id is on record, the name is not.
const [agentName = "", agentCommand = "", prompt = ""] = process.argv.slice(2);
const save = TurnFolder.prototype.savePublication;
TurnFolder.prototype.savePublication = function stopHere(publication) {
  save.call(this, publication);
  process.stdout.write("stopped\n");
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
await create(
  context,
  { name: "x", agent: agentName, workspace: process.cwd(), prompt, agentCommand },
  here({}),
);
