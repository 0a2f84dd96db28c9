// Makes the pictures of the dashboard for the README: nine days of a made-up shop through the real command, then its page in a real browser.
// Called by `make screenshot`, which builds what is needed.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

const root = new URL("..", import.meta.url).pathname;
const cli = join(root, "src/Cli/bin/Release/net10.0/tidemark.dll");
const { chromium } = createRequire(import.meta.url)(join(root, "tests/Dashboard.Tests/bin/Release/net10.0/.playwright/package"));
const browserPath = process.env.TIDEMARK_CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const rate = Number(process.env.RATE ?? 3);
const days = 9;
const target = join(root, "docs/images");

const tidemark = (...args) => spawn("dotnet", [cli, ...args], { stdio: ["pipe", "pipe", "inherit"] });
const generate = (events, start, seed, ...more) => tidemark(
  "generate", "--events", String(events), "--rate", String(rate), "--start", start.toISOString(), "--seed", String(seed), "--users", "20000", "--out", "-", ...more);

const run = spawn("dotnet", [cli, "run", "--source", "-", "--dashboard", "0"], { stdio: ["pipe", "ignore", "pipe"] });
try {
  const address = new Promise(resolve => createInterface({ input: run.stderr }).on("line", line => {
    const found = /dashboard: (http:\S+)/u.exec(line);
    if (found) {
      resolve(found[1]);
    } else {
      console.error(line);
    }
  }));
  const url = await address;

  const seconds = days * 86400;
  const history = generate(seconds * rate, new Date(Date.now() - seconds * 1000), 7, "--bad-percent", "0");
  history.stdout.pipe(run.stdin, { end: false });
  await new Promise(resolve => history.on("close", resolve));

  // What has come since, and from now on at the pace of the clock.
  let due = Date.now();
  const lines = createInterface({ input: generate(rate * 3600, new Date(), 8).stdout })[Symbol.asyncIterator]();
  const paced = setInterval(async () => {
    while (due < Date.now()) {
      due += 1000 / rate;
      run.stdin.write(`${(await lines.next()).value}\n`);
    }
  }, 100);

  // Until everything is counted and the minute that is open has something in it.
  for (;;) {
    const status = await (await fetch(`${url}api/v1/status`)).json();
    const behind = (Date.now() - Date.parse(status.watermark)) / 1000;
    if (status.records.read >= seconds * rate && behind < 20 && new Date().getSeconds() > 35) {
      break;
    }

    await new Promise(resolve => setTimeout(resolve, 1000));
  }

  mkdirSync(target, { recursive: true });
  const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"] });
  for (const theme of ["light", "dark"]) {
    const page = await (await browser.newContext({ colorScheme: theme, viewport: { width: 1280, height: 1010 }, locale: "en-US" })).newPage();
    await page.goto(url);
    await page.locator("[data-tile=unique_users]", { hasText: "≈" }).waitFor();
    await page.locator(".tile .delta.up, .tile .delta.down").nth(9).waitFor({ timeout: 60000 });
    await page.waitForTimeout(3000);
    await page.screenshot({ path: join(target, `dashboard-${theme}.png`) });
  }

  await browser.close();
  clearInterval(paced);
} finally {
  run.kill("SIGKILL");
}
process.exit(0);
