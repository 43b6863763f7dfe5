// Uses passkeys as people do, with Chromium's virtual authenticator. Prints one line of JSON: {"told": [WHAT HELD, …],
// "faults": […]}. It stops at the first that did not hold.
//
// Argument: {"url": by name, "number": the same by number, "username", "password", "code": RECOVERY CODE}.

import { chromium } from "playwright-core";

const order = JSON.parse(process.argv[2]);
const told = [];
const faults = [];
const LIMIT = 20_000;

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
});

async function hold(what, check) {
  await check();
  told.push(what);
}

function must(condition, what) {
  if (!condition) throw new Error(what);
}

const context = await browser.newContext({ locale: "vi-VN" });
context.setDefaultTimeout(LIMIT);
const page = await context.newPage();
page.on("pageerror", (error) => faults.push(`script: ${error}`));
await context.exposeBinding("__violation", (_, what) => faults.push(`policy: ${what}`));
await context.addInitScript(() => {
  addEventListener("securitypolicyviolation", (event) => window.__violation(`${event.violatedDirective} ${event.blockedURI}`));
});
const device = await context.newCDPSession(page);
await device.send("WebAuthn.enable");
const options = {
  protocol: "ctap2",
  transport: "internal",
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
};
const { authenticatorId } = await device.send("WebAuthn.addVirtualAuthenticator", { options });

const path = () => new URL(page.url()).pathname;
const at = (wanted) => page.waitForURL((url) => url.pathname === wanted);
const press = (rite) => page.locator(`form[data-passkey=${rite}] button`).click();
const logOut = async () => {
  await page.locator("form[action='/logout'] button").click();
  await at("/login");
};
const passphrase = async () => {
  await page.goto(`${order.url}/login`);
  await page.locator("input[name=username]").fill(order.username);
  await page.locator("input[name=password]").fill(order.password);
  await page.keyboard.press("Enter");
  await page.locator("input[name=code]").waitFor();
};
const refused = async (rite) => {
  await press(rite);
  await page.locator(`form[data-passkey=${rite}] [role=alert]`).waitFor();
};

try {
  await hold("without a passkey none is offered as second factor", async () => {
    await passphrase();
    must((await page.locator("form[data-passkey]").count()) === 0, "there is a form for it");
    await page.locator("input[name=code]").fill(order.code);
    await page.keyboard.press("Enter");
    await at("/");
  });
  await hold("a passkey is added", async () => {
    await page.goto(`${order.url}/account`);
    await page.locator("form[data-passkey=add] input[name=name]").fill("Điện thoại của Hà");
    await press("add");
    await page.getByRole("cell", { name: "Điện thoại của Hà" }).waitFor();
    const { credentials } = await device.send("WebAuthn.getCredentials", { authenticatorId });
    must(credentials.length === 1 && credentials[0].isResidentCredential, JSON.stringify(credentials));
  });
  await hold("the same device is not taken twice", async () => {
    await page.locator("form[data-passkey=add] input[name=name]").fill("again");
    await refused("add");
  });
  await hold("it logs in by itself", async () => {
    await logOut();
    await page.goto(`${order.url}/login?next=/account`);
    await press("log-in");
    await at("/account");
  });
  await hold("it is the second factor after the pass phrase", async () => {
    await logOut();
    await passphrase();
    await press("second-factor");
    await at("/");
  });
  await hold("it confirms in a session", async () => {
    await page.goto(`${order.url}/step-up?next=/users`);
    await press("step-up");
    await at("/users");
  });
  await hold("a device that was not unlocked proves nothing", async () => {
    await logOut();
    await device.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
    await refused("log-in");
    await device.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
    must(path() === "/login", path());
    await press("log-in");
    await at("/");
  });
  await hold("by the number of the machine it is not offered", async () => {
    const other = await context.newPage();
    await other.goto(`${order.number}/login`);
    await other.waitForLoadState("load");
    must((await other.locator("form[data-passkey]").count()) === 1, "it is in the page");
    must(!(await other.locator("form[data-passkey]").isVisible()), "and is seen");
    await other.close();
  });
  await hold("without script nothing of it is seen", async () => {
    const plain = await browser.newContext({ javaScriptEnabled: false });
    const other = await plain.newPage();
    await other.goto(`${order.url}/login`);
    must((await other.locator("form[data-passkey]").count()) === 1, "it is in the page");
    must(!(await other.locator("form[data-passkey]").isVisible()), "and is seen");
    await plain.close();
  });
  await hold("what was taken away lets nobody in", async () => {
    await page.goto(`${order.url}/account`);
    await page.locator("form[action^='/account/passkeys/'] button").click();
    await page.getByRole("cell", { name: "Điện thoại của Hà" }).waitFor({ state: "detached" });
    await logOut();
    await refused("log-in");
    must(path() === "/login", path());
  });
} catch (error) {
  faults.push(`after ${told.length} steps at ${page.url()}: ${error}\n${await page.locator("body").innerText()}`);
} finally {
  await browser.close();
}
console.log(JSON.stringify({ told, faults }));
