import type { Broken } from "../../../app/doctor/break-lock.ts";
import type { Checked } from "../../../app/doctor/examine.ts";
import { turnRecord } from "./turn.ts";

export function doctorRecord(checked: readonly Checked[]) {
  const count = (status: Checked["status"]) => checked.filter((one) => one.status === status).length;
  return {
    type: "agent_sessions.doctor",
    problems: count("problem"),
    warnings: count("warning"),
    checks: checked.map(({ check, status, message, hint }) => ({
      check,
      status,
      message,
      hint: hint ?? null,
    })),
  };
}

export function brokenRecord(name: string | undefined, workspace: string, { locks, turns }: Broken) {
  return {
    type: "agent_sessions.lock_broken",
    name: name ?? null,
    workspace,
    locks,
    turns: turns.map(turnRecord),
  };
}
