import { randomUUID } from "node:crypto";
import { InvalidArgumentError, Option } from "commander";
import { agents } from "../../agents/index.ts";
import { DEFAULT_CEILING } from "../../app/mcp/server-words.ts";
import { ACCESSES } from "../../domain/agent/access.ts";
import type { Agent } from "../../domain/agent/agent.ts";
import { AppError } from "../../domain/errors.ts";
import { snakeLine } from "../../domain/json-line.ts";
import { removePageFile, writePageFile } from "../../stores/file/page-files.ts";
import { findsStore } from "../../stores/store-address.ts";
import { errnoOf } from "../../system/errors.ts";
import { SeenLogs } from "../../system/lines/seen-logs.ts";
import { openInBrowser } from "../../system/terminal/browser.ts";
import type { Served, ServeOptions } from "../../ui/serve.ts";
import { defineCommand } from "../command.ts";
import { JSON_OPTION, parseSomeDuration } from "../options.ts";
import { formatDuration } from "../output/numbers.ts";
import { printable } from "../output/table.ts";
import { runInto, runLine } from "../run-line.ts";

interface UiFlags {
  port: number;
  open: boolean;
  idle: number;
  maxAccess: string;
  json?: boolean;
}

/** The commands in files of their own that the page calls. */
const CALLED = ["config", "cost", "gate", "search", "store"];

const HOUR_MS = 3_600_000;

/** What gates and turns say of where a person was. */
const AT_PAGE = "page";

export const uiCommand = defineCommand({
  name: "ui",
  summary: "look at all conversations in a browser",
  description:
    "Serves a page, to this machine alone, until Ctrl-C: what waits for a person comes first (gates, failures, answers that nobody has read), then what runs. At the page you read a conversation, watch its turn, ask, cancel, fork, answer gates, search, and see costs. A turn that is asked there runs in the background: the end of the page or of the server ends no turn. Only who has the token of this start can use it; at a terminal, the browser is opened with it.",
  examples: [
    "agent-sessions ui",
    "agent-sessions ui --port 8123 --no-open",
    "agent-sessions ui --max-access read-only",
  ],
  needsNoConfig: true,
  options(command) {
    command
      .option("--port <number>", "the port on 127.0.0.1; 0 is any that is free", parsePort, 0)
      .option("--no-open", "open no browser")
      .addOption(
        new Option("--idle <duration>", "end when no page has been open for so long")
          .argParser(parseSomeDuration)
          .default(HOUR_MS, "1h"),
      )
      .addOption(
        new Option("--max-access <access>", "the most that an agent may do that is asked at the page")
          .choices(ACCESSES)
          .default(DEFAULT_CEILING),
      )
      .option(JSON_OPTION[0], "print one JSON object when the page is there");
  },
  async run(io, { port, open, idle, maxAccess, json = false }: UiFlags) {
    const { signal } = io.catchSignals();
    const context = io.openContext();
    const around = { ...io.around, usedAt: AT_PAGE, seen: new SeenLogs(), notify: () => undefined };
    let forget: () => void = () => undefined;
    const { serve } = await import("../../ui/serve.ts");
    setImmediate(() => io.loadCommands(CALLED));
    const served = await serving(serve, {
      port,
      idleMs: idle,
      pageFolder: `${io.packageFolder}/dist/page`,
      maxAccess,
      watched: [context.home.turnsFolder, context.home.gatesFolder],
      limitable: Object.values<Agent>(agents).flatMap(({ name, asksForAccess }) =>
        asksForAccess ? [] : [name],
      ),
      hasStore: findsStore(io.around.env),
      run: (line) => runLine(io, line, around),
      stream: (line, take) => runInto(io, line, around, take),
      tell: (what) => io.terminal.err(`${clock(context.now())}  ${printable(what)}\n`),
      onFirstUse: () => forget(),
    });
    const url = `http://127.0.0.1:${served.port}/`;
    const secret = `${url}#${served.token}`;
    const file = writePageFile(context.home, randomUUID(), secret, context.now());
    try {
      const { terminal } = io;
      // At a terminal, the address stays there for later; elsewhere, the file is the only way in.
      if (terminal.isInteractive) forget = () => removePageFile(file);
      if (json)
        terminal.out(snakeLine({ type: "agent_sessions.ui", url, port: served.port, openFile: file }));
      else terminal.out(`${terminal.isInteractive ? secret : url}\n`);
      const isOpened = open && terminal.isInteractive && openInBrowser(file, io.around);
      if (!isOpened && !terminal.isInteractive && !json)
        terminal.err(
          `The page needs a token. This file, for you alone, has it: open it in a browser: ${printable(file)}\n`,
        );
      if (terminal.isInteractive) terminal.err("Ctrl-C ends the page, and no turn.\n");
      const isIdle = await Promise.race([served.idle.then(() => true), aborted(signal).then(() => false)]);
      if (isIdle) terminal.err(`No page was open for ${formatDuration(idle)}.\n`);
      return 0;
    } finally {
      removePageFile(file);
      await served.close();
    }
  },
});

async function serving(
  serve: (options: ServeOptions) => Promise<Served>,
  options: ServeOptions,
): Promise<Served> {
  try {
    return await serve(options);
  } catch (cause) {
    const { port } = options;
    const errno = errnoOf(cause);
    if (errno === "EADDRINUSE")
      throw new AppError("usage", `The port ${port} of 127.0.0.1 is taken by another program.`, {
        hint: "Take another one, or any that is free: agent-sessions ui",
        facts: { port },
        cause,
      });
    if (errno === "EACCES")
      throw new AppError("usage", `The port ${port} is kept for the system.`, {
        hint: "Take one above 1023, or any that is free: agent-sessions ui",
        facts: { port },
        cause,
      });
    throw cause;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

const LAST_PORT = 65_535;

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= LAST_PORT)) throw new InvalidArgumentError(`Write a number from 0 to ${LAST_PORT}.`);
  return port;
}

function clock(at: Date): string {
  return at.toTimeString().slice(0, "12:34:56".length);
}
