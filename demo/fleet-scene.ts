import type { Reply } from "../test/support/loopback/model.ts";
import type { ReceivedRequest } from "../test/support/loopback/received.ts";
import { until } from "../test/support/until.ts";
import { FORGOT, find } from "./answers.ts";
import { cloneShop, FleetMachine, LEASE_S } from "./fleet-machine.ts";
import { heading, note, numbered } from "./narrator.ts";
import type { Stage } from "./stage.ts";
import { verify } from "./verify.ts";

const NAME = "review-src";
const FIRST = "Remember: this release is called banana.";
const SECOND = "What is the release called?";

/** The model. It says nothing to the second prompt until the machine that asks is gone, and answers whoever asks then. */
export class FleetModel {
  timesAsked = 0;
  private isHeld = true;

  readonly reply = (request: ReceivedRequest): Reply => {
    const prompts = request.userMessages;
    if (prompts.at(-1) === FIRST) return "I will remember it.";
    this.timesAsked += 1;
    if (this.isHeld) return "never";
    const release = find(prompts, /release is called \w+/);
    return release === undefined ? FORGOT : `The ${release}.`;
  };

  letGo(): void {
    this.isHeld = false;
  }
}

/** A conversation outlives the machine on which its turn runs: another one has its answer. */
export async function playFleet(stage: Stage, model: FleetModel, store: string): Promise<void> {
  cloneShop(stage.sandbox.workspace);
  heading("Names, conversations and the line of turns are on PostgreSQL");
  await stage.run(["store", "migrate"]);

  heading("Two machines run turns. They share nothing but the database and the remote of their clone");
  const machines: FleetMachine[] = [];
  try {
    for (const name of ["machine 1", "machine 2"])
      machines.push(await FleetMachine.open(name, { modelUrl: stage.model.url, store }));

    heading("From here, everything is as ever. One of the two runs the turn");
    await stage.run(["create", NAME, "--agent", "claude", FIRST]);
    const sent = await stage.run(["send", NAME, "--detach", "--json", SECOND]);
    const { turn_id: turnId } = JSON.parse(sent.stdout);
    await until(() => model.timesAsked > 0, { what: "the model is asked" });
    const lost = machineOf(machines, turnId);
    note(`${lost.name} runs it, and its claude waits for the model`);
    await stage.run(["status"]);

    heading(`${lost.name} is gone in the middle of the turn: worker, claude, clone and home`);
    lost.destroy();
    machines.splice(machines.indexOf(lost), 1);
    model.letGo();
    note(`killed; after ${LEASE_S} s without a sign of life the other one takes over`);
    const lostAtMs = performance.now();
    const waited = await stage.run(["wait", NAME]);
    const seconds = (performance.now() - lostAtMs) / 1000;
    verify(waited.stdout.includes("banana"), "The answer does not hold what only the first turn said.");
    const heir = machineOf(machines, turnId);
    note(`${heir.name} had the conversation from the database, and the answer ${seconds.toFixed(1)} s later`);
    verify(seconds < LEASE_S + 10, `The other machine took ${seconds.toFixed(1)} s.`);
    verifyContinuity(stage);

    heading("Each turn is recorded once, in its order");
    const { stdout } = await stage.run(["history", NAME]);
    for (const prompt of [FIRST, SECOND])
      verify(stdout.split(prompt).length === 2, `The history should hold the prompt "${prompt}" once.`);

    heading("A worker that is asked to stop ends in order");
    await heir.stop();
    await stage.run(["store", "status"]);
  } finally {
    for (const machine of machines) machine.destroy();
  }
}

function machineOf(machines: readonly FleetMachine[], turnId: string): FleetMachine {
  const found = machines.find((machine) => machine.hasBegun(turnId));
  verify(found !== undefined, `No machine has begun the turn ${turnId}.`);
  return found;
}

/** The model knows nothing of names and machines: both have asked in one conversation, with the same prompts. */
function verifyContinuity({ model }: Stage): void {
  const requests = model.requests();
  const last = requests.at(-1)?.userMessages ?? [];
  note("What the second machine made its claude send to the model:");
  numbered(last);
  verify(
    JSON.stringify(last) === JSON.stringify([FIRST, SECOND]),
    `The last request should hold both prompts once, but holds ${JSON.stringify(last)}.`,
  );
  const sessions = new Set(requests.map(({ sessionId }) => sessionId));
  verify(sessions.size === 1, "The turns ran in more than one conversation.");
}
