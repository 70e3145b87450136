import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { identifySelf, isEarlierBoot } from "../../../src/system/processes/identity.ts";
import { openFakeCli } from "../../support/cli/fake-cli.ts";
import { cannotMount, NAMESPACE } from "../../support/namespace.ts";
import { run } from "../../support/run.ts";
import { until } from "../../support/until.ts";

test("a process of another boot was of this machine only where name and id say so, and nothing is shared", () => {
  const here = { host: "h", machine: "m" };
  const alone = () => false;
  assert.equal(isEarlierBoot(here, here, alone), true);
  assert.equal(isEarlierBoot({ host: "h" }, here, alone), true, "0.1 wrote down no machine");
  assert.equal(isEarlierBoot(here, { host: "h" }, alone), true);
  assert.equal(isEarlierBoot({ ...here, machine: "n" }, here, alone), false, "two machines of one name");
  assert.equal(isEarlierBoot({ ...here, host: "i" }, here, alone), false);
  assert.equal(
    isEarlierBoot(here, here, () => true),
    false,
    "two copies of one machine",
  );
});

test("the id of the machine is kept in other words", { skip: process.platform !== "linux" }, () => {
  const { status, stdout } = spawnSync("cat", ["/etc/machine-id"], { encoding: "utf8" });
  const { machine } = identifySelf();
  if (status !== 0 || stdout.trim() === "") return assert.equal(machine, undefined);
  assert.match(machine ?? "", /^[0-9a-f]{32}$/);
  assert.notEqual(machine, stdout.trim());
});

const cannotPretend = identifySelf().machine === undefined ? "this machine has no id" : cannotMount;

test("two machines of one name that share a state home do not write at once", {
  skip: cannotPretend,
}, async (t) => {
  const cli = openFakeCli(t);
  const [gate, pid] = [join(cli.sandbox.folder, "go"), join(cli.sandbox.folder, "pid")];
  await cli.run(["create", "x"]);
  const sending = cli.start(["send", "x", cli.say({ waitForFile: gate, pidTo: pid }, "one")]);
  await until(() => cli.records().length === 1, { what: "the turn" });
  const asOther = async (machineId: string) => {
    const [boot, machine] = ["boot", "machine"].map((file) => join(cli.sandbox.folder, file));
    writeFileSync(boot ?? "", "11111111-2222-4333-8444-555555555555\n");
    writeFileSync(machine ?? "", `${machineId}\n`);
    const mount =
      'mount --bind "$1" /proc/sys/kernel/random/boot_id && mount --bind "$2" /etc/machine-id && shift 2 && exec "$@"';
    const argv = cli.argv(["send", "x", "--if-busy", "fail", "--json", "two"]);
    const words = [...NAMESPACE, "sh", "-c", mount, "sh", boot ?? "", machine ?? "", ...argv];
    return run(words, { cwd: cli.sandbox.workspace, env: cli.sandbox.env });
  };
  const other = await asOther("0123456789abcdef0123456789abcdef");
  assert.deepEqual(
    [other.code, JSON.parse(other.stdout).error.code],
    [5, "busy"],
    other.stdout + other.stderr,
  );
  writeFileSync(gate, "");
  assert.equal((await sending.result).code, 0);
});
