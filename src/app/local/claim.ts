import type { MadeRequest, RequestClaim, RequestPlace } from "../../domain/runner.ts";
import { GenerationLock } from "../../system/locks/generation-lock.ts";
import type { Context } from "../context.ts";

/** A claim as a lock that its owner never releases: its owner is who has made the request. */
export class LocalClaim implements RequestClaim {
  private readonly lock: GenerationLock;

  constructor(
    private readonly context: Context,
    place: RequestPlace,
    id: string,
  ) {
    const { home } = context;
    const folder = "sessionId" in place ? home.requestFolder(place, id) : home.firstRequestFolder(place, id);
    this.lock = new GenerationLock(folder);
  }

  async made(): Promise<MadeRequest | undefined> {
    const found = this.lock.state();
    if (found.state === "free") return undefined;
    const { turnId = "", note } = found.owner;
    const owner = found.state === "held" ? "alive" : found.state === "abandoned" ? "gone" : "elsewhere";
    return { turnId, note, owner };
  }

  async take(turnId: string, note: string): Promise<(() => Promise<void>) | undefined> {
    // An accepted turn outlives a power failure, so the claim that points at it has to, as well.
    const release = this.lock.tryTake(
      { turnId, note, since: this.context.now().toISOString() },
      { sync: true },
    );
    return release && (async () => release());
  }
}
