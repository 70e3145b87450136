import { readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../../test/support/environment.ts";
import { openSandbox } from "../../test/support/sandbox.ts";
import { NOTHING_ON_NODE } from "../command.ts";
import { NO_MODEL } from "../no-model.ts";
import { figure, type Part, timing } from "../result.ts";
import { timeInTurn } from "../rounds.ts";
import { ratios } from "../spread.ts";

const PLUGIN = join(REPOSITORY, "dist/carried/plugins/session-persist");

/** What claude gives a shell to run at this event. */
function commandOf(event: string): string {
  const { hooks } = JSON.parse(readFileSync(join(PLUGIN, "hooks/hooks.json"), "utf8"));
  return hooks[event][0].hooks[0].command;
}

/** What the session-persist plugin adds to each prompt and answer, beside a Node that does nothing. */
export const hooks: Part = {
  title: "Hooks of session-persist",
  defaultRounds: 30,
  measure: async (options) => {
    const sandbox = openSandbox({ modelUrl: NO_MODEL });
    try {
      const cwd = sandbox.workspace;
      const env = sandbox.with({ CLAUDE_PROJECT_DIR: cwd, CLAUDE_PLUGIN_ROOT: PLUGIN });
      const hook = (event: string, fields: Record<string, string>) => {
        const input = { session_id: "bench-session", hook_event_name: event, cwd, ...fields };
        const argv = ["/bin/sh", "-c", commandOf(event)];
        return () => ({ argv, cwd, env, input: JSON.stringify(input) });
      };
      const { node, start, prompt, stop } = await timeInTurn(
        {
          node: () => ({ argv: NOTHING_ON_NODE, cwd, env }),
          start: hook("SessionStart", { source: "startup" }),
          prompt: hook("UserPromptSubmit", { prompt: "hello" }),
          stop: hook("Stop", { last_assistant_message: "hi" }),
        },
        options,
      );
      return {
        timings: [
          timing("node -e 0", node),
          timing("SessionStart", start),
          timing("UserPromptSubmit", prompt),
          timing("Stop", stop),
        ],
        figures: [
          figure("SessionStart / node -e 0", "times", ratios(start, node), 2),
          figure("UserPromptSubmit / node -e 0", "times", ratios(prompt, node), 2),
          figure("Stop / node -e 0", "times", ratios(stop, node), 2),
        ],
      };
    } finally {
      sandbox.remove();
    }
  },
};
