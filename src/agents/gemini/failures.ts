import type { FailureTable } from "../../domain/agent/failures.ts";

export const SIGN_IN_HINT = "Start `gemini` and sign in with /auth, or set GEMINI_API_KEY.";

export const FAILURES: FailureTable = {
  // gemini 0.61.0 writes its whole help behind an unknown option, and a stack behind what its service says.
  noise:
    /^(?:Warning: |Ripgrep is not available|YOLO mode is enabled|Approval mode overridden|Loaded cached credentials|\[(?:INFO|WARNING)\]|Error (?:executing tool|when talking to Gemini API)|at \S|status: \d+$|code: \d+$|\}$|Usage: gemini|Gemini CLI - Defaults|Commands:|Positionals:|Options:|gemini (?:mcp|extensions|skills|hooks|gemma|\[query)|query {2}|--?[a-z])/,
  advice: /To proceed, either use[\s\S]*$|Use --(?:list-sessions|resume) to [\s\S]*$/,
  rules: [
    {
      words: /Invalid session identifier|No previous sessions found/,
      code: "conversation_lost",
      says: "no longer has this conversation",
      hint: "Gemini finds a conversation only from the folder in which it began.",
    },
    {
      words: /Session ID \S+ already exists/,
      code: "agent_refused",
      says: "did not create the conversation",
      hint: "A turn has used this id before: continue it, or create the conversation under a new id.",
    },
    {
      words: /not running in a trusted directory/,
      code: "agent_refused",
      says: "does not trust this folder",
      hint: "Start `gemini` in the folder and trust it. Without a terminal: set GEMINI_CLI_TRUST_WORKSPACE=true, if nobody else can write files there.",
    },
    {
      statuses: [401, 403],
      code: "not_signed_in",
      says: "was refused access by the model's service",
      hint: `Check the key in GEMINI_API_KEY if that is set. ${SIGN_IN_HINT}`,
    },
    {
      words:
        /API key not valid|set an Auth method|must specify the GEMINI_API_KEY|no authentication is configured/,
      code: "not_signed_in",
      says: "is not signed in",
      hint: SIGN_IN_HINT,
    },
    {
      words: /exceeds the maximum number of tokens/,
      code: "agent_refused",
      says: "refused the turn",
      hint: "Shorten the prompt, or begin another conversation if this one has grown long.",
    },
    {
      words: /not supported in non-interactive mode|requested by the command|processing the @ command/,
      code: "agent_refused",
      says: "refused the command in the prompt",
      hint: "A prompt that begins with / is a command of Gemini, and @ names a file: put a word before the one, a blank behind the other.",
    },
    {
      words: /^Unknown argument|^Invalid values:/,
      code: "agent_refused",
      says: "refused its command line",
    },
    {
      // gemini 0.61.0 leaves the status out where there is no such model.
      statuses: [400, 404, 413, 422],
      words: /models?\b.*(?:does not exist|is not found)/i,
      code: "agent_refused",
      says: "was refused by the model's service",
    },
  ],
};
