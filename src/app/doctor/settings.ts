import { DEFAULT_AGENT } from "../../agents/index.ts";
import type { StateHome } from "../../stores/file/home.ts";
import { resolveWorkspace } from "../../system/places/workspace.ts";
import { examineConfig } from "../config/examine.ts";
import type { ConfigFile } from "../config/file.ts";
import { notesOn, problemsIn } from "../config/notes.ts";
import type { Surroundings } from "../surroundings.ts";
import { settingsCommand } from "../wording.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const HINT = `See what applies, and where it comes from, with: ${settingsCommand("list")}`;

/** Checks that the settings files of the current folder can be used; finds nothing where there is none. */
export async function checkSettings(around: Surroundings, home: () => StateHome): Promise<Finding[]> {
  const workspace = resolveWorkspace(around.cwd, around.cwd);
  const examined = await examineConfig({ ...around, workspace, defaultAgent: DEFAULT_AGENT }, home);
  const found = [
    ...problemsIn(examined).map((text) => problem(text, HINT)),
    ...notesOn(examined).map((text) => warning(text, HINT)),
  ];
  const files = [examined.user, examined.repository].flatMap((file) => whatItSets(file) ?? []);
  return [...found, ...files.map((text) => ok(text))];
}

function whatItSets(file: ConfigFile | undefined): string | undefined {
  if (file?.state !== "read") return undefined;
  const names = [...file.settings.keys()].join(", ");
  return `${file.path} sets ${names || "nothing"}.`;
}
