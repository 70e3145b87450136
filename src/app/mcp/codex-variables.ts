/**
 * What Codex 0.169.0 keeps from its MCP servers unless it is told to pass it on, and what our program and the agents that it
 * starts need of it, besides what agents read keys from.
 */
export const PASSED_ON = [
  "AGENT_SESSIONS_HOME",
  "AGENT_SESSIONS_AGENT",
  "AGENT_SESSIONS_MODEL",
  "AGENT_SESSIONS_EFFORT",
  "AGENT_SESSIONS_ACCESS",
  "AGENT_SESSIONS_KEEP_WARM",
  "AGENT_SESSIONS_DEBUG",
  // Where the names are: without these, one name means two conversations.
  "AGENT_SESSIONS_STORE",
  "AGENT_SESSIONS_STORE_FILE",
  "AGENT_SESSIONS_STORE_KEY_FILE",
  // In which turn Codex itself runs: a conversation that asks itself is told so.
  "AGENT_SESSIONS_TURN",
  "AGENT_SESSIONS_TURN_FOLDER",
  "AGENT_SESSIONS_CHAIN",
  "AGENT_SESSIONS_CALLER",
  // Where programs keep their files.
  "XDG_STATE_HOME",
  "XDG_CONFIG_HOME",
  "XDG_CACHE_HOME",
  "XDG_DATA_HOME",
  "CODEX_HOME",
  "CLAUDE_CONFIG_DIR",
  "COPILOT_HOME",
  "GH_CONFIG_DIR",
  // Where the models and the keychain are.
  "ANTHROPIC_BASE_URL",
  "OPENAI_BASE_URL",
  "COPILOT_PROVIDER_API_KEY",
  "XDG_RUNTIME_DIR",
  "DBUS_SESSION_BUS_ADDRESS",
  // How to get there.
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
];
