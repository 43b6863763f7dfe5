// Logs in and opens pages in every language and width that it is told, and says what a person or a
// screen reader would stumble over. Prints one line of JSON: {"visited": N, "faults": [{"page", "kind", "what"}, …]}.
//
// Argument: {"url", "username", "password", "codes": [RECOVERY CODE], "pages": [{"name", "path", "shows"}],
// "looks": [{"language", "scheme", "width"}], "screenshots": "FOLDER", "brief": true}. Brief: no screenshots and no axe,
// for pages that others have looked at.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const order = JSON.parse(process.argv[2]);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WCAG = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];
const LOCALES = { vi: "vi-VN", en: "en-GB" };
// Fingers: WCAG 2.2 AA asks for 24 px; ours is 44 px for what stands by itself (links inside a sentence do not).
const FINGER = 44;

const faults = [];
let visited = 0;

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
try {
  for (const { language, scheme, width } of order.looks) await look(language, scheme, width);
} finally {
  await browser.close();
}
console.log(JSON.stringify({ visited, faults }));

/** One person: one language, one screen, one log-in, all the pages. */
async function look(language, scheme, width) {
  const context = await browser.newContext({
    viewport: { width, height: width < 600 ? 640 : 800 },
    locale: LOCALES[language],
    timezoneId: "Asia/Ho_Chi_Minh",
    colorScheme: scheme,
    hasTouch: width < 600,
  });
  const page = await context.newPage();
  const here = { name: `${language}-${scheme}-${width}`, at: "login" };
  const fault = (kind, what) => faults.push({ page: `${here.at} ${here.name}`, kind, what });

  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) fault("console", message.text());
  });
  page.on("pageerror", (error) => fault("script", String(error)));
  page.on("dialog", async (dialog) => {
    fault("dialog", dialog.message());
    await dialog.dismiss();
  });
  page.on("request", (request) => {
    const asked = new URL(request.url());
    if (asked.origin !== order.url && asked.protocol !== "data:") fault("foreign request", request.url());
  });
  page.on("response", (response) => {
    if (response.status() >= 400) fault("answer", `${response.status()} ${response.url()}`);
  });
  await context.exposeBinding("__violation", (_, what) => fault("policy", what));
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      window.__violation(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
    });
  });

  await page.goto(`${order.url}/?lang=${language}`);
  await inspect(page, fault, `login-${here.name}`, width);
  await page.locator("input[name=username]").fill(order.username);
  await page.locator("input[name=password]").fill(order.password);
  await Promise.all([page.waitForURL((url) => url.pathname === "/login"), page.keyboard.press("Enter")]);
  await page.locator("input[name=code]").waitFor();
  here.at = "second factor";
  await inspect(page, fault, `second-factor-${here.name}`, width);
  await page.locator("input[name=code]").fill(order.codes.pop());
  await Promise.all([page.waitForURL((url) => !url.pathname.startsWith("/login")), page.keyboard.press("Enter")]);

  for (const { name, path, shows } of order.pages) {
    here.at = name;
    const response = await page.goto(`${order.url}${path}${path.includes("?") ? "&" : "?"}lang=${language}`);
    if (!response.ok()) continue;
    if (!(await page.locator("body").innerText()).includes(shows)) fault("text", `does not show ${shows}`);
    if ((await page.locator("html").getAttribute("lang")) !== language) fault("language", "html has another lang");
    await inspect(page, fault, `${name}-${here.name}`, width);
  }
  await context.close();
}

/** What is true of every page: nothing scrolls sideways, axe finds nothing, fingers can hit what they see. */
async function inspect(page, fault, name, width) {
  visited += 1;
  // The live stream never lets the network go idle; what is drawn by script is drawn soon after load.
  await page.waitForLoadState("load");
  await page.waitForTimeout(300);
  const wide = await page.evaluate(() => {
    const root = document.scrollingElement;
    const culprits = [...document.querySelectorAll("body *")].filter(
      (element) => element.getBoundingClientRect().right > innerWidth + 1,
    );
    const names = culprits.slice(0, 3).map((element) => element.outerHTML.slice(0, 120));
    return root.scrollWidth > innerWidth ? `${root.scrollWidth} px: ${names.join(" | ")}` : null;
  });
  if (wide) fault("sideways scroll", wide);
  if (width < 600) {
    const small = await page.evaluate((finger) => {
      const boxes = [...document.querySelectorAll("a[href], button, select, input, summary")].filter((element) => {
        const box = element.getBoundingClientRect();
        const isInline = getComputedStyle(element).display === "inline";
        return box.height > 1 && !isInline && element.checkVisibility() && box.height < finger - 0.5;
      });
      return boxes.map((element) => `${element.outerHTML.slice(0, 100)} ${element.getBoundingClientRect().height}`);
    }, FINGER);
    for (const element of small) fault("too small for a finger", element);
  }
  await graphs(page, fault);
  if (order.brief) return;
  await page.screenshot({ path: join(order.screenshots, `${name}.png`), fullPage: true });
  // Through the debugging protocol, which the page's policy does not govern.
  await page.evaluate(axe);
  const report = await page.evaluate((tags) => axe.run({ runOnly: { type: "tag", values: tags } }), WCAG);
  for (const violation of report.violations) {
    const where = violation.nodes.map((node) => `${node.html.slice(0, 160)} [${node.failureSummary}]`);
    fault(`axe ${violation.id}`, where.join(" | "));
  }
}

/** Every graph is drawn when it comes into view, and not with a note that it could not be. */
async function graphs(page, fault) {
  for (const figure of await page.locator("[data-graph]").all()) {
    await figure.scrollIntoViewIfNeeded();
    const drawn = figure.locator("xpath=self::*[@data-drawn='true']");
    const text = () => figure.innerText();
    await drawn.waitFor({ timeout: 10_000 }).catch(async () => fault("graph", `not drawn: ${await text()}`));
  }
  await page.evaluate(() => scrollTo(0, 0));
}
