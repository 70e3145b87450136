import { fileURLToPath } from "node:url";
import type { Server } from "@modelcontextprotocol/server";

/** A client that declares roots and does not tell them in this time is taken for one without. */
const PATIENCE_MS = 2_000;

/** The folders that a client works in, where it says so: those of the protocol of 2025 may, those of 2026 can't be asked. */
export class Roots {
  private asked: Promise<readonly string[]> | undefined;

  constructor(private readonly server: Server) {
    server.setNotificationHandler("notifications/roots/list_changed", () => {
      this.asked = undefined;
    });
  }

  /** Returns absolute paths; none where the client does not say, or can't be understood. */
  folders(): Promise<readonly string[]> {
    this.asked ??= this.ask().catch(() => []);
    return this.asked;
  }

  private async ask(): Promise<readonly string[]> {
    if (this.server.getClientCapabilities()?.roots === undefined) return [];
    const { roots } = await this.server.listRoots({}, { timeout: PATIENCE_MS });
    return roots.flatMap(({ uri }) => pathIn(uri) ?? []);
  }
}

function pathIn(uri: string): string | undefined {
  try {
    return fileURLToPath(uri);
  } catch {
    // A root of something else than this machine's files.
    return undefined;
  }
}
