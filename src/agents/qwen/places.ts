import { join } from "node:path";
import type { AgentEnvironment, ConversationPlace, TranscriptPlace } from "../../domain/agent/places.ts";
import { escapeRegExp } from "../../domain/search/escape-reg-exp.ts";

// qwen 0.24.4 compares ids without regard to case, and writes them in lower case.
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const CHATS = /^chats$/;

/** qwen 0.24.4 also resumes by the title of a conversation, so a text that is not an id could select another one. */
export function isSessionId(candidate: string): boolean {
  return UUID.test(candidate);
}

/** Returns the folder where qwen 0.24.4 keeps settings, skills and its sign-in. */
export function configFolder(environment: AgentEnvironment): string {
  return environment.QWEN_HOME || join(environment.HOME || "/", ".qwen");
}

/** Returns the folder that holds one folder for each workspace. */
function projectsFolder(environment: AgentEnvironment): string {
  return join(environment.QWEN_RUNTIME_DIR || configFolder(environment), "projects");
}

export function transcriptPlace(sessionId: string, environment: AgentEnvironment): TranscriptPlace {
  return {
    root: projectsFolder(environment),
    folders: [/./, CHATS],
    file: new RegExp(`^${escapeRegExp(sessionId)}\\.jsonl$`),
  };
}

/** qwen 0.24.4 names a workspace's folder after its real path, with a dash for all but letters and digits. */
export function conversationPlace(
  workspace: string | undefined,
  environment: AgentEnvironment,
): ConversationPlace {
  const folder =
    workspace === undefined ? /./ : new RegExp(`^${workspace.replaceAll(/[^A-Za-z0-9]/g, "-")}$`);
  return {
    root: projectsFolder(environment),
    folders: [folder, CHATS],
    sessionIdOf: (fileName) => {
      const id = /^(.*)\.jsonl$/.exec(fileName)?.[1];
      return id !== undefined && isSessionId(id) ? id : undefined;
    },
  };
}
