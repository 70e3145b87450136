import { createHash, type Hash } from "node:crypto";
import { join } from "node:path";
import { AppError } from "../../domain/errors.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { isRecord } from "../../domain/shape.ts";
import {
  asConversation,
  asData,
  asEnd,
  asFile,
  asHeader,
  asSum,
  asTurn,
  isSidePath,
  LONGEST_LINE_BYTES,
  MOST_CONVERSATIONS,
  MOST_FILES,
  MOST_TURN_BYTES,
  TRAVEL,
  TRAVEL_VERSION,
  type TravelConversation,
  type TravelFile,
  type TravelHeader,
  type TravelTurn,
} from "../../domain/travel/format.ts";
import { type NewFile, newPrivateFile } from "../../system/files/new-file.ts";
import { isTurnId } from "../turn/ticket.ts";

/** What a file contains, once all of it has been read and every sum was right. */
export interface Unpacked {
  header: TravelHeader;
  /** The named one first. */
  conversations: UnpackedConversation[];
}

export interface UnpackedConversation extends Omit<TravelConversation, "type"> {
  turns: TravelTurn[];
  /** Its transcript; absent for a conversation that the agent does not need any more. */
  transcript?: StagedFile;
  side: (StagedFile & { path: string })[];
}

/** The content of a file, in a folder of ours. */
export interface StagedFile {
  staged: string;
  bytes: number;
  sha256: string;
}

/**
 * Takes the lines of a file in which a conversation travels, one by one, and checks each: a stranger may have written
 * it. Contents go into `folder`, under names of ours.
 */
export class Unpacking {
  private readonly sum = createHash("sha256");
  private readonly conversations = new Map<string, UnpackedConversation>();
  private header: TravelHeader | undefined;
  private open: OpenFile | undefined;
  private lines = 0;
  private turnBytes = 0;
  private contentBytes = 0;
  private files = 0;
  private readonly turnIds = new Set<string>();
  private readonly sidePaths = new Map<string, "file" | "folder">();
  private isWhole = false;

  constructor(
    private readonly source: string,
    private readonly folder: string,
    private readonly mostBytes: number,
  ) {}

  /** @throws AppError `file_refused`, `state_newer` */
  add(line: Buffer): void {
    if (line.length > LONGEST_LINE_BYTES) throw this.tooLong();
    if (this.isWhole) throw this.refusal("something follows its last line");
    const value = parseJson(line);
    const type = isRecord(value) ? value.type : undefined;
    if (this.header === undefined) this.begin(value);
    else if (this.open !== undefined) this.fill(this.open, value);
    else if (type === "conversation") this.addConversation(value);
    else if (type === "turn") this.addTurn(value);
    else if (type === "file") this.addFile(value);
    else if (type !== "end") throw this.malformed();
    else {
      this.end(value);
      return;
    }
    if (type !== "data") this.turnBytes += line.length;
    if (this.turnBytes > MOST_TURN_BYTES)
      throw this.refusal(`it has more than ${MOST_TURN_BYTES} bytes of turns`);
    this.sum.update(line).update("\n");
    this.lines += 1;
  }

  /** Returns what was read. @throws AppError `file_refused` if the last line is missing */
  whole(): Unpacked {
    const { header } = this;
    if (header === undefined || !this.isWhole) throw this.refusal("its end is missing");
    const conversations = [...this.conversations.values()];
    if (conversations[0]?.sessionId !== header.sessionId)
      throw this.refusal("its first conversation is not the one that it is about");
    return { header, conversations };
  }

  /** Closes what is open. */
  close(): void {
    this.open?.file.close();
    this.open = undefined;
  }

  refusal(why: string): AppError {
    return new AppError("file_refused", `${this.source} can't be imported: ${why}.`, {
      hint: "Nothing was changed. Export the conversation again, and compare the sizes of the two files.",
    });
  }

  tooLong(): AppError {
    return this.refusal(`line ${this.lines + 1} is longer than ${LONGEST_LINE_BYTES} bytes`);
  }

  private malformed(): AppError {
    return this.refusal(`line ${this.lines + 1} is not what belongs there`);
  }

  private begin(value: unknown): void {
    if (!isRecord(value) || value.type !== TRAVEL) throw this.refusal("it is not an exported conversation");
    if (typeof value.v === "number" && value.v > TRAVEL_VERSION)
      throw new AppError(
        "state_newer",
        `${this.source} has version ${value.v} of its format; this agent-sessions reads up to version ${TRAVEL_VERSION}.`,
        { hint: "Update agent-sessions. Nothing was changed." },
      );
    this.header = asHeader(value);
    if (this.header === undefined) throw this.malformed();
  }

  private addConversation(value: unknown): void {
    const read = asConversation(value);
    if (read === undefined) throw this.malformed();
    const { type, ...conversation } = read;
    const { sessionId } = conversation;
    if (this.conversations.has(sessionId)) throw this.refusal(`it has the conversation ${sessionId} twice`);
    if (this.conversations.size >= MOST_CONVERSATIONS)
      throw this.refusal(`it has more than ${MOST_CONVERSATIONS} conversations`);
    this.conversations.set(sessionId, { ...conversation, turns: [], side: [] });
  }

  private addTurn(value: unknown): void {
    const read = asTurn(value);
    const conversation = read && this.conversations.get(read.sessionId);
    if (read === undefined || conversation === undefined) throw this.malformed();
    const { turn } = read;
    if (!isTurnId(turn.turnId) || this.turnIds.has(turn.turnId)) throw this.malformed();
    this.turnIds.add(turn.turnId);
    conversation.turns.push(turn);
  }

  private addFile(value: unknown): void {
    const read = asFile(value);
    const conversation = read && this.conversations.get(read.sessionId);
    if (read === undefined || conversation === undefined) throw this.malformed();
    const { what, path, bytes } = read;
    if (what === "side") this.checkSidePath(conversation, path);
    else if (path !== undefined || conversation.transcript !== undefined) throw this.malformed();
    this.files += 1;
    if (this.files > MOST_FILES) throw this.refusal(`it has more than ${MOST_FILES} files`);
    this.contentBytes += bytes;
    if (this.contentBytes > this.mostBytes)
      throw this.refusal(`unpacked it has more than ${this.mostBytes} bytes`);
    const staged = join(this.folder, String(this.files));
    const file = newPrivateFile(staged);
    this.open = { about: read, conversation, staged, file, sum: createHash("sha256"), bytes: 0 };
  }

  private checkSidePath({ sessionId }: UnpackedConversation, path: string | undefined): void {
    if (path === undefined) throw this.malformed();
    if (!isSidePath(path)) throw this.refusal(`it has a file with the path ${JSON.stringify(path)}`);
    // Some file systems do not tell capitals from small letters; and no file is a folder too.
    const parts = path.toLowerCase().split("/");
    const folders = parts.slice(1).map((_, at) => `${sessionId}/${parts.slice(0, at + 1).join("/")}`);
    const own = `${sessionId}/${parts.join("/")}`;
    if (this.sidePaths.has(own) || folders.some((folder) => this.sidePaths.get(folder) === "file"))
      throw this.refusal(`it has two files with the path ${JSON.stringify(path)}`);
    for (const folder of folders) this.sidePaths.set(folder, "folder");
    this.sidePaths.set(own, "file");
  }

  private fill(open: OpenFile, value: unknown): void {
    const data = asData(value);
    if (data !== undefined) {
      const { text, base64 } = data;
      if ((text === undefined) === (base64 === undefined)) throw this.malformed();
      const bytes = text === undefined ? Buffer.from(base64 ?? "", "base64") : Buffer.from(text);
      if (bytes.length === 0) throw this.malformed();
      open.bytes += bytes.length;
      if (open.bytes > open.about.bytes) throw this.refusal("a file in it is longer than it says");
      open.sum.update(bytes);
      open.file.write(bytes);
      return;
    }
    const sum = asSum(value);
    if (sum === undefined) throw this.malformed();
    if (open.bytes !== open.about.bytes || open.sum.digest("hex") !== sum.sha256)
      throw this.refusal("the checksum of a file in it is wrong");
    open.file.finish();
    this.open = undefined;
    const { staged, about, conversation, bytes } = open;
    const found = { staged, bytes, sha256: sum.sha256 };
    if (about.what === "transcript") conversation.transcript = found;
    else conversation.side.push({ ...found, path: about.path ?? "" });
  }

  private end(value: unknown): void {
    const end = asEnd(value);
    if (end === undefined) throw this.malformed();
    if (end.lines !== this.lines || end.sha256 !== this.sum.digest("hex"))
      throw this.refusal("its checksum is wrong");
    this.isWhole = true;
  }
}

interface OpenFile {
  about: TravelFile;
  conversation: UnpackedConversation;
  staged: string;
  file: NewFile;
  sum: Hash;
  bytes: number;
}
