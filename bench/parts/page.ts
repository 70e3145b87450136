import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser } from "playwright-core";
import { findChromium, launch } from "../../test/support/browser.ts";
import { type Loopback, openLoopback } from "../../test/support/loopback/loopback.ts";
import { realAgents } from "../../test/support/loopback/real-agents.ts";
import { type PageServer, startPage } from "../../test/support/page/page-server.ts";
import { agentSessions, run } from "../command.ts";
import { type Figure, figure, type Measured, type Part, timing } from "../result.ts";
import { type RoundOptions, timeCalls } from "../rounds.ts";
import { RARE, sayMuch } from "../say-much.ts";

const CONVERSATIONS = 1000;
const TURNS = 10_000;
/** What a person waits for. */
const AT_MOST_MS = 300;
const LIVE_AT_MOST_MS = 100;
/** From the start of the server to the first request of a browser that it has started. */
const BROWSER_STARTS_MS = 1000;

/** The page of `ui` over many conversations, and how late it shows what the real claude has written. */
export const page: Part = {
  title: `The page, over ${CONVERSATIONS} conversations with ${TURNS} turns`,
  defaultRounds: 10,
  measure: async (options) => {
    const found = findChromium();
    if ("missing" in found) throw new Error(found.missing);
    const browser = await launch(found.path);
    try {
      return await measureWith(browser, options);
    } finally {
      await browser.close();
    }
  },
};

async function measureWith(browser: Browser, { rounds, stop }: RoundOptions): Promise<Measured> {
  realAgents();
  const loopback = await openLoopback();
  const { env, workspace } = loopback;
  try {
    sayMuch(env.AGENT_SESSIONS_HOME ?? "", join(workspace, "projects"), TURNS);
    await run({ argv: agentSessions("create", "live", "Hello."), cwd: workspace, env }, stop);
    const served = await startPage({ env, cwd: workspace });
    try {
      return await measurePage({ browser, served, rounds, stop, loopback });
    } finally {
      served.running.kill("SIGINT");
      await served.running.exited;
    }
  } finally {
    await loopback.close();
  }
}

interface Place extends RoundOptions {
  browser: Browser;
  served: PageServer;
  loopback: Loopback;
}

async function measurePage(place: Place): Promise<Measured> {
  const { browser, served, rounds, stop, loopback } = place;
  const asked = {
    "the list": "overview",
    "search, one word": "search?words=rounding",
    "search, two words": "search?words=invoice+parser",
    "search, a rare word": `search?words=${RARE}`,
    "costs by day": "costs?by=day",
  };
  const answered: [string, number[]][] = [];
  for (const [name, path] of Object.entries(asked))
    answered.push([
      name,
      await timeCalls(rounds, stop, async () => {
        await served.asPage(`/api/${path}`);
        return undefined;
      }),
    ]);
  const { env, workspace: cwd } = loopback;
  const paints = await timeCalls(rounds, stop, async () => {
    const fresh = await startPage({ env, cwd });
    await sleep(BROWSER_STARTS_MS);
    const ms = await paint(browser, fresh);
    fresh.running.kill("SIGINT");
    await fresh.running.exited;
    return ms;
  });
  const lateMs = await latencies(place);
  const figures: Figure[] = [
    figure("first paint of the list", "ms", paints, AT_MOST_MS),
    ...answered.map(([name, ms]) =>
      figure(`${name}, answered`, "ms", ms, name.startsWith("costs") ? undefined : AT_MOST_MS),
    ),
    figure("written by claude to seen in the page", "ms", lateMs, LIVE_AT_MOST_MS),
    figure("memory of the server", "MB", [memoryMb(served.running.pid)]),
    figure("memory of the page's script", "MB", [await heapMb(browser, served)]),
  ];
  return { timings: answered.map(([name, ms]) => timing(name, ms)), figures };
}

/** Opens the page in a window of its own, and returns when its list was painted. */
async function paint(browser: Browser, served: PageServer): Promise<number> {
  const context = await browser.newContext();
  const tab = await context.newPage();
  await tab.addInitScript(WATCH_PAINT);
  await tab.goto(served.address);
  const ms = (await tab.evaluate("paintedMs")) as number;
  await context.close();
  return ms;
}

/**
 * Says when the list was painted, by the clock of the page, which begins with the navigation: what drives the browser from
 * outside takes some 70 ms more to see it. A frame is painted before the second call that was asked for after it.
 */
const WATCH_PAINT = `globalThis.paintedMs = new Promise((resolve) => {
  new MutationObserver((_, watch) => {
    if (document.querySelector(".item") === null) return;
    watch.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now())));
  }).observe(document, { childList: true, subtree: true });
})`;

/** From when an answer is in the file of the turn's output to when it is in the page. */
async function latencies({ browser, served, rounds, stop, loopback }: Place): Promise<number[]> {
  const { env, workspace, model } = loopback;
  const context = await browser.newContext();
  const tab = await context.newPage();
  await tab.goto(served.address);
  await tab.locator(".item", { hasText: "live" }).first().click();
  await tab.getByRole("heading", { name: "live", exact: true }).waitFor();
  const late: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    stop.throwIfAborted();
    const prompt = `Round ${round}.`;
    // In the first of forty pieces, and in no prompt; the turn goes on for a while after it.
    const answer = `first-word-${round}`;
    model.when(prompt, { slowMs: 1500, text: `${answer} ${"and so on ".repeat(200)}` });
    // Not returned: the promise would be waited for.
    await tab.evaluate(`void (window.seenAt = new Promise((resolve) => {
      const watch = new MutationObserver(() => {
        if (![...document.querySelectorAll(".answer")].some((one) => one.textContent.includes(${JSON.stringify(answer)}))) return;
        watch.disconnect();
        resolve(Date.now());
      });
      watch.observe(document.body, { childList: true, subtree: true, characterData: true });
    }))`);
    const sent = run(
      { argv: agentSessions("send", "live", "--detach", "--partials", prompt), cwd: workspace, env },
      stop,
    );
    const writtenAt = await whenWritten(join(env.AGENT_SESSIONS_HOME ?? "", "turns"), answer, stop);
    const seenAt = (await tab.evaluate("window.seenAt")) as number;
    if (round > 0) late.push(seenAt - writtenAt);
    await sent;
    await run({ argv: agentSessions("wait", "live"), cwd: workspace, env }, stop);
  }
  await context.close();
  return late;
}

const PATIENCE_MS = 60_000;

async function whenWritten(folder: string, text: string, stop: AbortSignal): Promise<number> {
  for (const begin = Date.now(); ; ) {
    stop.throwIfAborted();
    if (Date.now() - begin > PATIENCE_MS) throw new Error(`Nothing below ${folder} has ${text}.`);
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      try {
        if (readFileSync(join(entry.parentPath, entry.name), "utf8").includes(text)) return Date.now();
      } catch {
        // Gone meanwhile.
      }
    }
    await sleep(1);
  }
}

function memoryMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
}

async function heapMb(browser: Browser, served: PageServer): Promise<number> {
  const context = await browser.newContext();
  const tab = await context.newPage();
  await tab.goto(served.address);
  await tab.locator(".item").first().waitFor();
  const session = await context.newCDPSession(tab);
  await session.send("Performance.enable");
  await session.send("HeapProfiler.collectGarbage");
  const { metrics } = await session.send("Performance.getMetrics");
  await context.close();
  return (metrics.find(({ name }) => name === "JSHeapUsedSize")?.value ?? 0) / 1_000_000;
}
