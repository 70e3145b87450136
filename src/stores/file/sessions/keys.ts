import { join } from "node:path";
import type { SessionKey } from "../../../domain/session/session.ts";
import { object, sessionId, text } from "../../../domain/shape.ts";
import { listFolders } from "../../../system/files/folder.ts";
import { readFileIfAny } from "../../../system/files/write.ts";
import { parseJson } from "../../../system/lines/json.ts";
import type { StateHome } from "../home.ts";

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
