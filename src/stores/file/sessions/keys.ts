import { join } from "node:path";
import type { SessionKey } from "../../../domain/session/session.ts";
import { object, sessionId, text } from "../../../domain/shape.ts";
import { listFolders } from "../../../system/files/folder.ts";
import { readFileIfAny } from "../../../system/files/read.ts";
import { parseJson } from "../../../system/lines/json.ts";
import type { StateHome } from "../home.ts";

const asKey = object({ agent: text, sessionId });

/**
 * Returns the conversations that have a record. Skips a folder without one, as during its deletion, and a
 * record that is not valid.
 */
export function listSessionKeys(home: StateHome): SessionKey[] {
  return listFolders(home.sessionsRoot).flatMap((agent) =>
    listFolders(join(home.sessionsRoot, agent)).flatMap((folder) => {
      const bytes = readFileIfAny(join(home.sessionsRoot, agent, folder, "record.json"));
      const key = bytes === undefined ? undefined : asKey(parseJson(bytes));
      return key === undefined ? [] : [key];
    }),
  );
}
