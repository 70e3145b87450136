import type { Found, Source } from "../../domain/config/in-force.ts";
import { KEYS, type SettingValue } from "../../domain/config/keys.ts";
import type { Examined } from "./examine.ts";

/** A setting and its value in force. */
export interface ListedSetting {
  /** `model`, which is that of the default agent, or `codex.model` for another agent. */
  key: string;
  /** Absent where nothing sets it. */
  value?: SettingValue;
  /** Absent where nothing sets it. */
  from?: Source;
  /** The file that sets it; absent where none does. */
  path?: string;
  /** What it is, in words for people. */
  what: string;
}

/** Returns all settings with their values in force, and those of other agents that differ. */
export function listedSettings(examined: Examined, defaultAgent: string): ListedSetting[] {
  const { plain } = examined.inForce;
  const agent = String(plain.get("agent")?.value ?? defaultAgent);
  const rows = Object.keys(KEYS).map((key) => {
    const builtIn: Found | undefined = key === "agent" ? { value: agent, from: "default" } : undefined;
    const found = KEYS[key]?.isOfAgent ? ofAgent(examined, agent, key) : (plain.get(key) ?? builtIn);
    return row(examined, key, found);
  });
  const others = [...examined.inForce.ofAgents.keys()].filter((name) => name !== agent);
  const ofOthers = others.flatMap((name) =>
    Object.keys(KEYS)
      .filter((key) => KEYS[key]?.isOfAgent)
      .flatMap((key) => {
        const found = ofAgent(examined, name, key);
        const isSame =
          (key === "access" || key === "budget") &&
          JSON.stringify(found) === JSON.stringify(ofAgent(examined, agent, key));
        return found === undefined || isSame ? [] : row(examined, `${name}.${key}`, found);
      }),
  );
  return [...rows, ...ofOthers];
}

/** Returns one setting with its value in force. */
export function listedSetting(examined: Examined, name: string, defaultAgent: string): ListedSetting {
  const [agent, key] = name.includes(".") ? name.split(".") : [undefined, name];
  if (agent !== undefined && key !== undefined) return row(examined, name, ofAgent(examined, agent, key));
  return (
    listedSettings(examined, defaultAgent).find((one) => one.key === name) ?? row(examined, name, undefined)
  );
}

function ofAgent({ inForce }: Examined, agent: string, key: string): Found | undefined {
  const found = inForce.ofAgents.get(agent);
  return found?.environment.get(key) ?? found?.files.get(key);
}

function row(examined: Examined, key: string, found: Found | undefined): ListedSetting {
  const what = KEYS[key.slice(key.indexOf(".") + 1)]?.what ?? "";
  if (found === undefined) return { key, what };
  const { value, from } = found;
  const path = from === "user" || from === "repository" ? examined[from]?.path : undefined;
  return { key, value, from, what, ...(path === undefined ? {} : { path }) };
}
