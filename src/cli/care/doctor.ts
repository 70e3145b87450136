import { openContext } from "../../app/compose/open-context.ts";
import { type Broken, breakLock } from "../../app/doctor/break-lock.ts";
import { type Checked, examine } from "../../app/doctor/examine.ts";
import type { FindingStatus } from "../../app/doctor/finding.ts";
import { turnView } from "../../app/turn/ending/view.ts";
import { exitCodeOf } from "../../domain/errors.ts";
import { defineCommand } from "../command.ts";
import { type CommonOptions, refuseTogether, withCommon } from "../options.ts";
import type { Style } from "../output/style.ts";
import { printable } from "../output/table.ts";
import { placeOf, workspaceOf } from "../place.ts";

interface DoctorFlags extends CommonOptions {
  fix?: boolean;
  breakLock?: string | true;
}

const CLOSING = `
Exit codes:
  0 no problem (warnings are possible)
  7 no agent works
  8 the state is broken
`;

export const doctorCommand = defineCommand({
  name: "doctor",
  summary: "find problems, and show how to fix them",
  description:
    "Checks the agents, the folders and files of this user's conversations, locks and leftovers, and says for each problem what to do. It also asks the store that machines share, if one is set. It starts no turn, uses no other network and reads no credentials. With --break-lock it unlocks a conversation whose lock belongs to another machine or container. Use this only if that machine or container is permanently gone: doctor can't check this.",
  examples: [
    "agent-sessions doctor",
    "agent-sessions doctor --fix",
    `agent-sessions doctor --json | jq -r '.checks[] | select(.status != "ok") | .message'`,
    "agent-sessions doctor --break-lock review-src",
  ],
  closing: CLOSING,
  needsNoConfig: true,
  options(command) {
    command
      .option("--fix", "make our files private again (0600/0700) and delete incomplete files")
      .option(
        "--break-lock [name]",
        "unlock this conversation (without a name: the names of the workspace) if the lock owner is not visible from here; its turns are given up",
      );
    withCommon(command, "with --break-lock: the agent of the name, if two agents have this name");
  },
  async run(io, flags: DoctorFlags) {
    const { breakLock: held, fix: isFixing = false } = flags;
    refuseTogether({ "--fix": isFixing, "--break-lock": held }, "Run one after the other.");
    if (held === undefined) {
      const checked = await examine({
        around: io.around,
        nodeVersion: process.version,
        openContext,
        isFixing,
      });
      return {
        json: {
          type: "agent_sessions.doctor",
          problems: count(checked, "problem"),
          warnings: count(checked, "warning"),
          checks: checked,
        },
        text: ({ out, style }) => out(describe(checked, style)),
        exitCode: codeFor(checked),
      };
    }
    const name = held === true ? undefined : held;
    const context = io.openContext();
    const { agent } = flags;
    const place =
      name === undefined
        ? { workspace: workspaceOf(io, flags), agent }
        : await placeOf(io, context, flags, name);
    const broken = await breakLock(context, { name, ...place });
    const { locks, turns } = broken;
    return {
      json: {
        type: "agent_sessions.lock_broken",
        name,
        workspace: place.workspace,
        locks,
        turns: turns.map(turnView),
      },
      text: ({ out }) => out(describeBroken(broken)),
    };
  },
});

function codeFor(checked: readonly Checked[]): number {
  const problems = checked.filter(({ status }) => status === "problem");
  if (problems.length === 0) return 0;
  return problems.every(({ check }) => check === "agents")
    ? exitCodeOf("agent_missing")
    : exitCodeOf("state_unreadable");
}

/** What people read instead of the key of a check. */
const LABELS: Record<string, string> = { litter: "leftovers" };

function describe(checked: readonly Checked[], style: Style): string {
  const marks: Record<FindingStatus, string> = {
    ok: style.green("ok"),
    warning: style.yellow("warning"),
    problem: style.red("problem"),
  };
  const lines = checked.map(({ check, status, message, hint, optional }) => {
    const line = `${optional ? style.dim("optional") : marks[status]} ${style.dim(`${LABELS[check] ?? check.replaceAll("_", " ")}:`)} ${printable(message)}\n`;
    return hint === undefined ? line : `${line}   ${style.dim(printable(hint))}\n`;
  });
  const [problems, warnings] = [count(checked, "problem"), count(checked, "warning")];
  const summary =
    problems + warnings === 0
      ? "No problems."
      : `${amount(problems, "problem")}, ${amount(warnings, "warning")}.`;
  const next = problems + warnings === 0 ? "Next: agent-sessions create NAME '…'\n" : "";
  return `${lines.join("")}${style.bold(summary)}\n${next}`;
}

function count(checked: readonly Checked[], status: FindingStatus): number {
  return checked.filter((one) => one.status === status).length;
}

function amount(count: number, thing: string): string {
  return count === 1 ? `1 ${thing}` : `${count} ${thing}s`;
}

function describeBroken({ locks, turns }: Broken): string {
  const lines = [
    ...locks.map(
      ({ what, agent, host, pid, since }) =>
        `Unlocked the ${what === "names" ? "names" : "conversation"} (${agent}); process ${pid} on ${host} had the lock since ${since}.`,
    ),
    ...turns.map(
      ({ turnId, name, outcome }) =>
        `Gave up turn ${turnId}${name === undefined ? "" : ` of ${JSON.stringify(name)}`}: ${outcome}.`,
    ),
  ];
  if (lines.length === 0) lines.push("There is no lock whose owner is not visible from here.");
  return lines.map((line) => `${printable(line)}\n`).join("");
}
