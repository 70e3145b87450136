import { AppError } from "../../domain/errors.ts";
import type { NameTable } from "../../domain/names/name.ts";
import { entrySince } from "../../domain/names/renames.ts";
import type { SentTurn } from "../../domain/runner.ts";
import type { Context } from "../context.ts";

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

  nameNow({ scope, name, sessionId }: Pick<SentTurn, "scope" | "name" | "sessionId">): string | undefined {
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
