import { AppError } from "../../domain/errors.ts";
import {
  answered,
  type Gate,
  type GateDecision,
  isMeantBy,
  shortHash,
  standing,
} from "../../domain/gate/gate.ts";
import { parseGateId } from "../../domain/gate/id.ts";
import { Gates } from "../../stores/file/gates.ts";
import { userName } from "../../system/places/user.ts";
import { terminalName } from "../../system/terminal/terminal-name.ts";
import type { Context } from "../context.ts";
import { refuseAgents } from "../only-people.ts";
import { findGate, type GateQuery, noSuchGate } from "./find.ts";

export interface GateAnswering extends GateQuery {
  decision: GateDecision;
  note?: string | undefined;
  /** The hash of the text that was read, or its beginning. Default: whatever is shown now. */
  sha256?: string | undefined;
}

/** A gate that was answered. */
export interface AnsweredGate {
  gate: Gate;
  /** As it stood before. */
  before: Gate;
}

const MAX_NOTE_BYTES = 10_000;

/**
 * Answers what a gate shows now. Durable. The same answer once more changes nothing, another one counts from now on.
 *
 * @throws AppError `no_such_gate`; `usage`, also where an agent has called it, and where the gate shows another text than the
 * one that was read; `busy`; `state_unreadable`, `state_unwritable`
 */
export async function answerGate(context: Context, request: GateAnswering): Promise<AnsweredGate> {
  const { decision: state, sha256 } = request;
  const verb = state === "approved" ? "approve" : "refuse";
  const id = parseGateId(request.id);
  const note = checkedNote(request.note);
  refuseAgents(context, `gate ${verb}`, "answer a gate");
  const found = findGate(context, { ...request, id });
  if (found === undefined) throw noSuchGate(context, { ...request, id });
  const { workspace } = found;
  const { host, pid } = context.self();
  const by = { user: userName(), host, pid, terminal: context.usedAt ?? terminalName() };
  let before = found;
  const record = await new Gates(context.home).change({ id, workspace }, context.now, (now) => {
    if (now === undefined) throw noSuchGate(context, { ...request, id });
    if (sha256 !== undefined && !isMeantBy(sha256, now))
      throw new AppError(
        "usage",
        `Nothing was answered: the gate ${JSON.stringify(id)} does not show the text with the hash ${JSON.stringify(sha256)}; it may have changed.`,
        {
          hint: `Read what it shows now: ${context.wording.step("gate", { name: id, workspace })}`,
          facts: { id, workspace, sha256: now.sha256, short: shortHash(now) },
        },
      );
    before = now;
    return answered(now, { state, note, at: context.now().toISOString(), by });
  });
  return { gate: standing(record), before: standing(before) };
}

function checkedNote(note: string | undefined): string | undefined {
  if (note === undefined || note.trim() === "") return undefined;
  const bytes = new TextEncoder().encode(note).length;
  if (bytes <= MAX_NOTE_BYTES) return note;
  throw new AppError("usage", `The note is ${bytes} bytes long; the limit is ${MAX_NOTE_BYTES}.`, {
    hint: "Put it into a file, and name the file.",
  });
}
