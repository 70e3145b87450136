import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { AppError } from "../../domain/errors.ts";
import { readPrivateFile } from "../../system/places/secret-file.ts";
import type { StoreAddress } from "../store-address.ts";

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Bytes as they stand in a column, and the id of the key that they are sealed with: null for bytes as they are. */
export interface Sealed {
  data: Buffer;
  sealedBy: string | null;
}

interface Key {
  id: string;
  secret: Buffer;
}

/**
 * Seals what people and agents have written, with AES-256-GCM and a key that the database does not have. What was sealed for
 * one place can be opened for that place alone, so nobody can move it to another row. Without a key nothing is sealed.
 */
export class Seal {
  private constructor(private readonly keys: readonly Key[]) {}

  static readonly none = new Seal([]);

  /**
   * Reads the keys of a store: one a line, 32 bytes in base64 or hex. The first one seals; all of them open.
   *
   * @throws AppError `usage`
   */
  static of({ keyFile }: Pick<StoreAddress, "keyFile">): Seal {
    if (keyFile === undefined) return Seal.none;
    const lines = readPrivateFile(keyFile, "AGENT_SESSIONS_STORE_KEY_FILE").toString("latin1").split("\n");
    const keys = lines.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
    if (keys.length === 0) throw badKey(keyFile, "holds no key");
    return new Seal(keys.map((line) => keyOf(line, keyFile)));
  }

  get isOn(): boolean {
    return this.keys.length > 0;
  }

  /** `place` says where the bytes stand, such as table, row and column. */
  bytes(data: Buffer, place: string): Sealed {
    const [key] = this.keys;
    if (key === undefined) return { data, sealedBy: null };
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", key.secret, nonce).setAAD(Buffer.from(place));
    const text = cipher.update(data);
    return { data: Buffer.concat([nonce, text, cipher.final(), cipher.getAuthTag()]), sealedBy: key.id };
  }

  /** @throws AppError `state_unreadable` */
  open({ data, sealedBy }: Sealed, place: string): Buffer {
    if (sealedBy === null) return data;
    const key = this.keys.find(({ id }) => id === sealedBy);
    if (key === undefined) {
      const known = this.keys.map(({ id }) => id).join(", ");
      const has = known === "" ? "this program was given no key" : `the key file has ${known}`;
      throw new AppError("state_unreadable", `The store has sealed this with the key ${sealedBy}; ${has}.`, {
        hint: "Name the file with this key in AGENT_SESSIONS_STORE_KEY_FILE.",
      });
    }
    const opening = createDecipheriv("aes-256-gcm", key.secret, data.subarray(0, NONCE_BYTES))
      .setAAD(Buffer.from(place))
      .setAuthTag(data.subarray(-TAG_BYTES));
    try {
      const text = opening.update(data.subarray(NONCE_BYTES, -TAG_BYTES));
      return Buffer.concat([text, opening.final()]);
    } catch (cause) {
      throw new AppError("state_unreadable", "Something in the store was changed behind its seal.", {
        hint: "Bring the database back from a backup.",
        cause,
        facts: { place },
      });
    }
  }

  /** Returns the text for a column of `json`: the value, or what it was sealed to. */
  json(value: unknown, place: string): string {
    const { data, sealedBy } = this.bytes(Buffer.from(JSON.stringify(value)), place);
    return sealedBy === null
      ? data.toString()
      : JSON.stringify({ sealedBy, sealed: data.toString("base64") });
  }

  /** What `json` was made from, parsed. @throws AppError `state_unreadable` */
  openJson(value: unknown, place: string): unknown {
    if (typeof value !== "object" || value === null || !("sealed" in value) || !("sealedBy" in value))
      return value;
    const { sealed, sealedBy } = value;
    if (typeof sealed !== "string" || typeof sealedBy !== "string") return value;
    return JSON.parse(this.open({ data: Buffer.from(sealed, "base64"), sealedBy }, place).toString());
  }
}

function keyOf(line: string, path: string): Key {
  const secret = /^[0-9a-f]{64}$/i.test(line) ? Buffer.from(line, "hex") : Buffer.from(line, "base64");
  if (secret.length !== KEY_BYTES) throw badKey(path, `holds a key of ${secret.length} bytes`);
  const id = createHash("sha256").update("agent-sessions key").update(secret).digest("hex").slice(0, 16);
  return { id, secret };
}

function badKey(path: string, what: string): AppError {
  return new AppError("usage", `The key file ${path} ${what}; a key has ${KEY_BYTES} bytes.`, {
    hint: "Make one with `openssl rand -base64 32`.",
  });
}
