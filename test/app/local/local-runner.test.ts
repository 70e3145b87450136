import { openContext } from "../../../src/app/compose/open-context.ts";
import { CLI } from "../../support/cli/fake-cli.ts";
import { testRunner } from "../../support/runner.contract.ts";
import { openSandbox } from "../../support/sandbox.ts";

testRunner("on this machine", async (t) => {
  const sandbox = openSandbox({ modelUrl: "http://127.0.0.1:9" });
  t.after(() => sandbox.remove());
  const { workspace, folder, env, home } = sandbox;
  const context = () =>
    openContext({
      env,
      cwd: workspace,
      platform: process.platform,
      uid: process.getuid?.() ?? 0,
      userHome: home,
      program: [process.execPath, CLI],
      notify: () => undefined,
    });
  return { one: context(), another: context(), workspace, folder };
});
