import { join } from "node:path";
import type { SessionKey } from "../domain/session.ts";
import { object, sessionId, text } from "../domain/shape.ts";
import { readFileIfAny } from "../system/atomic-file.ts";
import { listFolders } from "../system/folder.ts";
import { parseJson } from "../system/json-lines.ts";
import type { StateHome } from "../system/state-home.ts";

const asKey = object({ agent: text, sessionId });

/** The conversations that anything is kept of; what is being removed, or can't be read, is passed over. */
export function listSessionKeys(home: StateHome): SessionKey[] {
  return listFolders(home.sessionsRoot).flatMap((agent) =>
    listFolders(join(home.sessionsRoot, agent)).flatMap((folder) => {
      const bytes = readFileIfAny(join(home.sessionsRoot, agent, folder, "record.json"));
      const key = bytes === undefined ? undefined : asKey(parseJson(bytes));
      return key === undefined ? [] : [key];
    }),
  );
}
