import { type Broken, breakLock } from "../../app/doctor/break-lock.ts";
import { type Checked, examine } from "../../app/doctor/examine.ts";
import type { FindingStatus } from "../../app/doctor/finding.ts";
import { exitCodeOf } from "../../domain/errors.ts";
import { defineCommand } from "../command.ts";
import { type CommonOptions, placeOf, refuseTogether, withCommon } from "../options.ts";
import type { Style } from "../output/style.ts";
import { printable } from "../output/table.ts";
import { turnView } from "../output/turn.ts";

interface DoctorFlags extends CommonOptions {
  fix?: boolean;
  breakLock?: string | true;
}

const CLOSING = `
Exit codes:
  0 no problem, though there may be warnings   7 no agent works   8 the state is broken
`;

export const doctorCommand = defineCommand({
  name: "doctor",
  summary: "what is wrong, and how to mend it",
  description:
    "Checks the agents, the folders and files of this user's conversations, and what is held or left behind, and says for each problem what to do. It starts no turn, asks no network and reads no credentials. With --break-lock it frees a conversation that a machine or container holds that is gone for good: nobody but you can know that it is.",
  examples: [
    "agent-sessions doctor",
    "agent-sessions doctor --fix",
    `agent-sessions doctor --json | jq -r '.checks[] | select(.status != "ok") | .message'`,
    "agent-sessions doctor --break-lock review-src",
  ],
  closing: CLOSING,
  options(command) {
    command
      .option(
        "--fix",
        "take from others what they may do with our files, and remove what was left half written",
      )
      .option(
        "--break-lock [name]",
        "free this conversation, or without a name the names of the workspace, from owners that can't be seen from here; their turns are given up",
      );
    withCommon(command, "with --break-lock: which agent's name, where two own it");
  },
  async run(io, flags: DoctorFlags) {
    const { breakLock: held, fix: isFixing = false } = flags;
    refuseTogether({ "--fix": isFixing, "--break-lock": held }, "Run one after the other.");
    if (held === undefined) {
      const checked = await examine({ around: io.around, nodeVersion: process.version, isFixing });
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
    const place = placeOf(io, flags);
    const broken = await breakLock(io.openContext(), { name, ...place });
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

function describe(checked: readonly Checked[], style: Style): string {
  const marks: Record<FindingStatus, string> = {
    ok: style.green("ok"),
    warning: style.yellow("warning"),
    problem: style.red("problem"),
  };
  const lines = checked.map(({ check, status, message, hint }) => {
    const line = `${marks[status]} ${style.dim(`${check.replaceAll("_", " ")}:`)} ${printable(message)}\n`;
    return hint === undefined ? line : `${line}   ${style.dim(printable(hint))}\n`;
  });
  const [problems, warnings] = [count(checked, "problem"), count(checked, "warning")];
  const summary =
    problems + warnings === 0
      ? "Nothing is wrong."
      : `${amount(problems, "problem")}, ${amount(warnings, "warning")}.`;
  return `${lines.join("")}${style.bold(summary)}\n`;
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
        `Freed the ${what === "names" ? "names" : "conversation"} (${agent}) from process ${pid} on ${host}, which held it since ${since}.`,
    ),
    ...turns.map(
      ({ turnId, name, outcome }) =>
        `Gave up turn ${turnId}${name === undefined ? "" : ` of ${JSON.stringify(name)}`}: ${outcome}.`,
    ),
  ];
  if (lines.length === 0) lines.push("Nothing is held by a process that can't be seen from here.");
  return lines.map((line) => `${printable(line)}\n`).join("");
}
