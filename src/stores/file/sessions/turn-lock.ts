import type { HeldLock, LockState, TurnLock } from "../../../domain/store.ts";
import { GenerationLock } from "../../../system/locks/generation-lock.ts";

/** The lock of a conversation as a generation lock in its folder. */
export class FileTurnLock implements TurnLock {
  private readonly lock: GenerationLock;

  constructor(
    folder: string,
    private readonly now: () => Date,
  ) {
    this.lock = new GenerationLock(folder);
  }

  async state(): Promise<LockState> {
    const found = this.lock.state();
    if (found.state === "free") return { state: "free" };
    const { process, turnId, since } = found.owner;
    return { state: found.state, holder: { turnId: turnId ?? "", process, since } };
  }

  async tryTake(turnId: string): Promise<HeldLock | undefined> {
    const release = this.lock.tryTake({ turnId, since: this.now().toISOString() });
    return release === undefined ? undefined : { release: async () => release() };
  }

  changed(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    return this.lock.changed(timeoutMs, signal);
  }
}
