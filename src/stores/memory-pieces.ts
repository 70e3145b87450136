import type { SessionKey } from "../domain/session/session.ts";
import type { Piece, PieceHead } from "../domain/session/transcript-store.ts";
import { checkContinues, type PieceShelf } from "./transcripts.ts";

/** Pieces of transcripts in the memory of one process. */
export class MemoryPieces implements PieceShelf {
  private readonly known = new Map<string, Piece[]>();

  async heads(key: SessionKey): Promise<PieceHead[]> {
    const pieces = this.of(key);
    const newest = new Map(pieces.map(({ path, generation }) => [path, generation]));
    return pieces.filter(({ path, generation }) => newest.get(path) === generation);
  }

  async *contents(key: SessionKey, heads: readonly PieceHead[]): AsyncGenerator<Buffer> {
    for (const { path, generation, at } of heads) {
      const found = this.of(key).find(
        (piece) => piece.path === path && piece.generation === generation && piece.at === at,
      );
      if (found !== undefined) yield found.data;
    }
  }

  async append(key: SessionKey, pieces: readonly Piece[]): Promise<void> {
    checkContinues(await this.heads(key), pieces);
    this.known.set(JSON.stringify([key.agent, key.sessionId]), [...this.of(key), ...pieces]);
  }

  async purge({ agent, sessionId }: SessionKey): Promise<void> {
    this.known.delete(JSON.stringify([agent, sessionId]));
  }

  private of({ agent, sessionId }: SessionKey): Piece[] {
    return this.known.get(JSON.stringify([agent, sessionId])) ?? [];
  }
}
