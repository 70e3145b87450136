import { join } from "node:path";
import { AppError } from "../../domain/errors.ts";
import type { GateAnswer, GateRecord } from "../../domain/gate/gate.ts";
import { list, maybe, number, object, oneOf, pid, record, type Shape, text } from "../../domain/shape.ts";
import { stateError } from "../../system/errors.ts";
import { listFolder } from "../../system/files/folder.ts";
import { readJson } from "../../system/files/read.ts";
import { makeFolder, replaceFile } from "../../system/files/write.ts";
import { GenerationLock } from "../../system/locks/generation-lock.ts";
import { withLock } from "../../system/locks/with-lock.ts";
import { digest, type StateHome } from "./home.ts";

const VERSION = 1;

const asAnswer: Shape<GateAnswer> = object({
  state: oneOf(["approved", "refused"]),
  note: maybe(text),
  sha256: text,
  at: text,
  by: object({ user: text, host: text, pid, terminal: maybe(text) }),
});

const asGate: Shape<GateRecord> = object({
  id: text,
  workspace: text,
  shown: text,
  sha256: text,
  askedAt: text,
  answer: maybe(asAnswer),
  earlier: list(asAnswer),
});

const asVersion = object({ v: number });

/** Which gate is meant. */
export type GatePlace = Pick<GateRecord, "id" | "workspace">;

/** This user's gates, one file for each. */
export class Gates {
  /** One for all gates: an answer is a matter of a moment. */
  readonly lock: GenerationLock;

  constructor(private readonly home: StateHome) {
    this.lock = new GenerationLock(join(home.gatesFolder, "lock"));
  }

  /** @throws AppError `state_unreadable`, `state_newer` */
  read(place: GatePlace): GateRecord | undefined {
    return this.readAt(this.pathOf(place))?.gate;
  }

  /** Changes a gate and returns it as it is then, durable. Changes of other processes come before or after. */
  async change(
    place: GatePlace,
    now: () => Date,
    work: (before: GateRecord | undefined) => GateRecord,
  ): Promise<GateRecord> {
    const path = this.pathOf(place);
    const change = () => {
      const found = this.readAt(path);
      const gate = work(found?.gate);
      if (gate !== found?.gate) this.write(path, { ...found?.raw, v: VERSION, ...gate });
      return gate;
    };
    return withLock(
      this.lock,
      now,
      change,
      () => new AppError("busy", `${this.home.gatesFolder} was locked by another process for 30 seconds.`),
    );
  }

  /** Returns the gates with their files. One that can't be read is left out, and told of. */
  all(onProblem: (error: AppError) => void): { path: string; gate: GateRecord }[] {
    return listFolder(this.home.gatesFolder).flatMap((name) => {
      if (name.startsWith(".") || !name.endsWith(".json")) return [];
      const path = join(this.home.gatesFolder, name);
      try {
        const gate = this.readAt(path)?.gate;
        return gate === undefined ? [] : [{ path, gate }];
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        onProblem(error);
        return [];
      }
    });
  }

  private readAt(path: string): { gate: GateRecord; raw: Record<string, unknown> } | undefined {
    // A file that is no JSON was cut off by a power failure, and was never acknowledged.
    const value = readJson(path)?.value;
    if (value === undefined) return undefined;
    if ((asVersion(value)?.v ?? 0) > VERSION)
      throw new AppError("state_newer", `${path} is a gate of a newer version of agent-sessions.`, {
        hint: "Update agent-sessions.",
      });
    const [gate, raw] = [asGate(value), record(value)];
    if (gate === undefined || raw === undefined)
      throw stateError(new Error("it is not the file of a gate"), "read", path);
    return { gate, raw };
  }

  private write(path: string, content: object): void {
    try {
      makeFolder(this.home.gatesFolder);
      replaceFile(path, `${JSON.stringify(content)}\n`);
    } catch (error) {
      throw stateError(error, "write", path);
    }
  }

  private pathOf({ workspace, id }: GatePlace): string {
    return join(this.home.gatesFolder, `${digest([workspace, id].join("\0"))}.json`);
  }
}
