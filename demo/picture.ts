// Takes the picture of the page that the README shows: docs/page.png. With a folder, writes all views of it there, light and
// dark, wide and narrow, to be looked at after a change.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { findChromium, launch } from "../test/support/browser.ts";
import { REPOSITORY } from "../test/support/environment.ts";
import { startPage } from "../test/support/page/page-server.ts";
import { openScene, play } from "../test/support/page/scene.ts";
import { print } from "./narrator.ts";

const HEIGHT = 800;
const WIDTHS = [1280, 400];

const [folder] = process.argv.slice(2);
const found = findChromium();
if ("missing" in found) throw new Error(found.missing);
const browser = await launch(found.path);
const scene = openScene("work/shop");
try {
  await play(scene);
  const { env, workspace } = scene;
  const page = await startPage({ env, cwd: workspace });
  try {
    await (folder === undefined
      ? takePicture(browser, page.address)
      : takeAll(browser, page.address, folder));
  } finally {
    page.running.kill("SIGINT");
    await page.running.exited;
  }
} finally {
  scene.letGo();
  scene.sandbox.remove();
  await browser.close();
}

async function takePicture(from: Browser, address: string): Promise<void> {
  const tab = await openTab(from, address, { width: 1280, colorScheme: "light" });
  const path = join(REPOSITORY, "docs/page.png");
  await tab.screenshot({ path });
  print(`${path}\n`);
}

async function takeAll(from: Browser, address: string, into: string): Promise<void> {
  mkdirSync(into, { recursive: true });
  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of WIDTHS) {
      const tab = await openTab(from, address, { width, colorScheme });
      const take = (view: string) =>
        tab.screenshot({ path: join(into, `${view}-${colorScheme}-${width}.png`) });
      const open = async (name: string, there: string) => {
        await tab.locator(".item", { hasText: name }).last().click();
        await tab.locator(there).last().waitFor();
      };
      await take("home");
      await open("review-billing", ".turn pre");
      await take("conversation");
      await tab.keyboard.press("Escape");
      await open("fix-queue", ".tools");
      await take("running");
      await tab.locator("summary", { hasText: "Fork it" }).click();
      await take("fork");
      await tab.keyboard.press("Escape");
      await open("review-billing-strict", ".turn .meta");
      await tab.locator("summary", { hasText: "Origin and forks" }).click();
      await tab.locator(".tree").first().waitFor();
      await take("family");
      await tab.getByRole("button", { name: "Costs" }).click();
      await tab.locator(".fill:visible").nth(1).waitFor();
      await take("costs");
      await tab.locator("#search").fill("rounding");
      await tab.locator(".hit").first().waitFor();
      await take("search");
      await tab.context().close();
    }
  }
  print(`${into}\n`);
}

async function openTab(
  from: Browser,
  address: string,
  { width, colorScheme }: { width: number; colorScheme: "light" | "dark" },
): Promise<Page> {
  const context = await from.newContext({ colorScheme, viewport: { width, height: HEIGHT } });
  const tab = await context.newPage();
  await tab.goto(address);
  await tab.locator(".gate .shown", { hasText: "Drop the old table" }).waitFor();
  await tab.locator(".item").first().waitFor();
  return tab;
}
