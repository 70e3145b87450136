import type { RecordedEvent } from "./recording.ts";

/** Our commands show a status line after a second without output. */
const SILENCE_MS = 1000;
/** How long each status line is shown. */
const STATUS_MS = 600;
/** What a command takes that asks no agent. */
const COMMAND_MS = 150;

const ERASE = "\r\u001b[2K";
// biome-ignore lint/suspicious/noControlCharactersInRegex: the control characters of our own colours
const STATUS = /^\u001b\[2m\d+:\d\d {2}(.*)\u001b\[22m$/;
const TURN_TIME = /(?:\d+\.\d s|\d+ min \d+ s)(?= {2}\d+ in · )/g;
const AGE = /\b(?:just now|\d+ (?:s|min) ago)\b */g;
const TURN_ID = /\b20\d{6}-\d{6}-[0-9a-f]{8}\b/g;
const SESSION_ID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;

/** Returns the activities in the status lines of what a command has printed. */
export function activitiesIn(bytes: string): string[] {
  return bytes.split(ERASE).flatMap((part) => STATUS.exec(part)?.[1] ?? []);
}

/**
 * Makes two runs of the same commands equal: other times, ids and places. Times become those in which the recording
 * is played, so that what a command says of its time is true of what one sees.
 */
export class Alike {
  private readonly turns = new Ids((number) => `20260102-0304${number}-0a1b2c${number}`);
  private readonly sessions = new Ids((number) => `00000000-0000-4000-8000-0000000000${number}`);

  /** `workspace` is where the commands run, `place` what is told instead. */
  constructor(
    private readonly workspace: string,
    private readonly place: string,
  ) {}

  /**
   * Returns what one command has printed. Of its status lines, which come and go with the speed of the machine, the
   * first is kept for each of `shows`, in this order.
   */
  eventsOf(bytes: string, shows: readonly RegExp[]): RecordedEvent[] {
    const activities = activitiesIn(bytes);
    const events: RecordedEvent[] = [];
    let playedMs = 0;
    let next = 0;
    for (const show of shows) {
      const at = activities.findIndex((activity, index) => index >= next && show.test(activity));
      if (at === -1) throw new Error(`No status line fits ${show}: ${JSON.stringify(bytes)}`);
      next = at + 1;
      const afterMs = events.length === 0 ? SILENCE_MS : STATUS_MS;
      playedMs += afterMs;
      const clock = `0:${String(Math.floor(playedMs / 1000)).padStart(2, "0")}`;
      const printed = `${ERASE}\u001b[2m${clock}  ${activities[at]}\u001b[22m`;
      events.push({ printed: this.equal(printed), afterMs });
    }
    const afterMs = events.length === 0 ? COMMAND_MS : STATUS_MS;
    const took = `${((playedMs + afterMs) / 1000).toFixed(1)} s`;
    const texts = bytes.split(ERASE).filter((part) => !STATUS.test(part));
    const text = texts.join("").replaceAll(TURN_TIME, took);
    events.push({ printed: this.equal(events.length === 0 ? text : ERASE + text), afterMs });
    return events;
  }

  private equal(text: string): string {
    return text
      .replaceAll(this.workspace, this.place)
      .replaceAll(AGE, (age) => "just now".padEnd(age.length))
      .replaceAll(TURN_ID, (id) => this.turns.idOf(id))
      .replaceAll(SESSION_ID, (id) => this.sessions.idOf(id));
  }
}

/** Different ids stay different, and are counted in the order in which they appear. */
class Ids {
  private readonly known = new Map<string, string>();

  constructor(private readonly make: (number: string) => string) {}

  idOf(id: string): string {
    const made = this.known.get(id) ?? this.make(String(this.known.size + 1).padStart(2, "0"));
    this.known.set(id, made);
    return made;
  }
}
