import { join } from "node:path";
import { maybe, object, text } from "../../domain/shape.ts";
import { removeFile } from "../../system/files/folder.ts";
import { isPlainFile, readJson } from "../../system/files/read.ts";
import { makeFolder, replaceFile } from "../../system/files/write.ts";
import { digest, type StateHome } from "./home.ts";

const asAllowed = object({ path: text, sha256: text, at: maybe(text) });

/** Which settings files of repositories this user has allowed, each as it was then. */
export class AllowedFiles {
  constructor(private readonly home: StateHome) {}

  /** Whether the file was allowed with exactly this content. */
  has(path: string, content: string): boolean {
    const allowed = asAllowed(readJson(this.recordOf(path))?.value);
    return allowed?.path === path && allowed.sha256 === digest(content);
  }

  /** Durable. `sha256` is that of the content. */
  add(path: string, sha256: string, at: string): void {
    makeFolder(this.home.allowedFolder);
    replaceFile(this.recordOf(path), `${JSON.stringify({ path, sha256, at })}\n`);
  }

  /** Returns whether the file was allowed, as it is or as it was. */
  remove(path: string): boolean {
    const record = this.recordOf(path);
    const isThere = isPlainFile(record);
    removeFile(record);
    return isThere;
  }

  private recordOf(path: string): string {
    return join(this.home.allowedFolder, `${digest(path)}.json`);
  }
}
