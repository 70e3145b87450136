import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Makes `home` a HOME in which these agents ask the model on loopback and nobody else. */
export function prepareMoreAgents(home: string, modelUrl: string, key: string): void {
  for (const [path, content] of Object.entries(files(modelUrl, key))) {
    const file = join(home, path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content), { mode: 0o600 });
  }
}

function files(modelUrl: string, key: string): Record<string, string | object> {
  return {
    ".gemini/settings.json": {
      security: { auth: { selectedType: "gemini-api-key" } },
      // Without it, gemini 0.61.0 asks ten times when its service fails, which takes minutes.
      general: { enableAutoUpdate: false, enableAutoUpdateNotification: false, maxAttempts: 1 },
      privacy: { usageStatisticsEnabled: false },
      telemetry: { enabled: false },
    },
    ".qwen/settings.json": {
      security: { auth: { selectedType: "openai" } },
      general: { enableAutoUpdate: false },
      privacy: { usageStatisticsEnabled: false },
      telemetry: { enabled: false },
    },
    ".qwen/.env": `OPENAI_API_KEY=${key}\nOPENAI_BASE_URL=${modelUrl}/qwen/v1\nOPENAI_MODEL=gpt-loopback\n`,
    ".config/opencode/opencode.json": {
      autoupdate: false,
      share: "disabled",
      model: "loopback/gpt-loopback",
      small_model: "loopback/gpt-loopback",
      provider: {
        loopback: {
          npm: "@ai-sdk/openai-compatible",
          options: { baseURL: `${modelUrl}/opencode/v1`, apiKey: key },
          models: { "gpt-loopback": {} },
        },
      },
    },
    ".kimi-code/config.toml": `default_model = "loopback"

[providers.loopback]
type = "openai"
base_url = "${modelUrl}/kimi/v1"
api_key = "${key}"

[models.loopback]
provider = "loopback"
model = "gpt-loopback"
max_context_size = 100000
`,
  };
}
