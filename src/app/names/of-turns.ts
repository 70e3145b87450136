import { AppError } from "../../domain/errors.ts";
import type { NameScope, NameTable } from "../../domain/names/name.ts";
import { entrySince } from "../../domain/names/renames.ts";
import type { OpenTurn, QueuedTurn } from "../../stores/file/turns/turns.ts";
import type { Context } from "../context.ts";
import { sessionIdOf } from "../turn/settle.ts";

/** The name-related part of a turn that was sent to a name. */
export interface NamedTurn {
  scope: NameScope;
  /** The name it was sent to. */
  name: string | undefined;
  /** What the name pointed at; undefined while a new conversation has no id. */
  sessionId: string | undefined;
}

export function namedTurn(turn: OpenTurn | QueuedTurn): NamedTurn {
  if ("accepted" in turn) return turn.accepted;
  return { scope: turn.plan.scope, name: turn.plan.name, sessionId: sessionIdOf(turn) };
}

/** Maps the names that turns were sent to to their present names. */
export class TurnNames {
  private constructor(private readonly tables: ReadonlyMap<string, NameTable>) {}

  /**
   * Reads the names of a workspace, of all agents or of one. Names that can't be read count as never renamed.
   */
  static async of(context: Context, workspace: string, agent: string | undefined): Promise<TurnNames> {
    const tables = new Map<string, NameTable>();
    for (const one of context.agentsOf(agent)) {
      try {
        tables.set(one.name, await context.store.list({ workspace, agent: one.name }));
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
      }
    }
    return new TurnNames(tables);
  }

  nameNow({ scope, name, sessionId }: NamedTurn): string | undefined {
    // Names in a mapping file of their own belong to the original scripts, which never rename.
    const table = scope.mappingFile === undefined ? this.tables.get(scope.agent) : undefined;
    if (table === undefined || name === undefined || sessionId === undefined) return name;
    return entrySince(table, name, sessionId)?.name ?? name;
  }

  /** Whether a name is in use or reserved. */
  isTaken(name: string): boolean {
    return [...this.tables.values()].some(({ entries, reserved }) => entries.has(name) || reserved.has(name));
  }
}
