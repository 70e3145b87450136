import type { TurnEvent } from "./turn.ts";

/** What an agent is doing, according to its stream. `about` is what the tool that began last works on, if that is told. */
export type Activity =
  | { what: "starting" | "thinking" | "answering" | "finishing" }
  | { what: "tool"; tools: string[]; about?: string }
  | { what: "retry"; attempt: number; of?: number; reason: string };

/** Derives the current activity from the events of a turn, from any point on. */
export class ActivityWatch {
  private activity: Activity = { what: "starting" };
  /** The running tools, by the id of the call. */
  private readonly tools = new Map<string, { name: string; about: string | undefined }>();

  get now(): Activity {
    if (this.tools.size === 0) return this.activity;
    const running = [...this.tools.values()];
    const about = running.at(-1)?.about;
    const tools = [...new Set(running.map(({ name }) => name))];
    return about === undefined ? { what: "tool", tools } : { what: "tool", tools, about };
  }

  take(event: TurnEvent): void {
    switch (event.type) {
      case "session":
      case "thinking":
        this.activity = { what: "thinking" };
        break;
      case "text-delta":
        this.be({ what: "answering" });
        break;
      case "text":
        // The message is complete; what the model does next is not known yet.
        this.be({ what: "thinking" });
        break;
      case "tool":
        if (event.phase === "start") this.tools.set(event.id, { name: event.name, about: event.about });
        else this.tools.delete(event.id);
        this.activity = { what: "thinking" };
        break;
      case "retry": {
        const { attempt, of, reason } = event;
        this.be({ what: "retry", attempt, reason, ...(of === undefined ? {} : { of }) });
        break;
      }
      case "usage":
        if (this.activity.what === "retry") this.activity = { what: "thinking" };
        break;
      case "end":
        this.be({ what: "finishing" });
        break;
      case "warning":
      case "failure":
      case "other":
        break;
    }
  }

  private be(activity: Activity): void {
    this.tools.clear();
    this.activity = activity;
  }
}
