// The browser, and the people who sit at it. Nothing here waits for a time: only for conditions.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";

// Generous: the machine may be busy with a thousand other tests.
const PATIENCE = 90_000;
const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const FLAGS = [
  "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run", "--disable-extensions",
  "--disable-background-networking", "--disable-component-update", "--disable-sync", "--password-store=basic",
  "--disable-features=Translate,MediaRouter,OptimizationHints",
];

export function chromium() {
  const own = process.env.TINBAI_TEST_CHROMIUM;
  if (own) return own;
  for (const name of NAMES) {
    for (const folder of (process.env.PATH ?? "").split(delimiter)) {
      if (folder && existsSync(join(folder, name))) return join(folder, name);
    }
  }
  throw new Error("no Chromium is installed");
}

export function check(condition, message) {
  if (!condition) throw new Error(message);
}

export class World {
  static async start(folder, facts, clock) {
    const world = new World();
    const require = createRequire(join(folder, "package.json"));
    world.axe = require("axe-core").source;
    world.facts = facts;
    world.clock = clock;
    world.faults = [];
    world.visits = [];
    // the sessions of roles: to sign in takes long, and may be tried so often and no more
    world.sessions = new Map();
    const puppeteer = require("puppeteer-core");
    world.browser = await (puppeteer.default ?? puppeteer).launch({
      executablePath: chromium(), args: FLAGS, headless: true, pipe: true, userDataDir: facts.profile,
      timeout: PATIENCE, protocolTimeout: 2 * PATIENCE,
    });
    return world;
  }

  fault(message) { this.faults.push(message); }

  whereabouts() { return this.visits.map((visit) => `${visit.role} ${visit.page.url()}`); }

  // Somebody at a machine of their own. `role`: null = nobody signed in.
  async visit(role, options = {}) {
    const context = await this.browser.createBrowserContext();
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const visit = new Visit(this, context, page, role);
    this.visits.push(visit);
    visit.listen();
    const { width = 1280, language = "vi", theme, script = true } = options;
    await visit.width(width);
    await page.setJavaScriptEnabled(script);
    if (theme) await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
    await context.setCookie({
      name: "__Host-tinbai-lang", value: language, domain: "localhost", path: "/", secure: true, httpOnly: true,
    });
    if (role) await visit.enter(role);
    return visit;
  }

  async leave() {
    for (const visit of this.visits.splice(0)) await visit.context.close();
  }

  async end() {
    await this.browser.close();
  }

  // News that this many units owe until 16:00: each had an event at noon.
  async owe(title, number) {
    const { items } = await this.api("department", "GET", "/api/v1/units?category=superior");
    const [starts_at, ends_at] = ["2026-11-20T12:00:00+07:00", "2026-11-20T13:00:00+07:00"];
    for (const unit of items.slice(-number)) {
      await this.api("department", "POST", "/api/v1/events", { unit_id: unit.id, title: `${title} ${unit.name}`, types: ["topical"], starts_at, ends_at });
    }
  }

  // An item that reaches the editors at once.
  async handIn(title) {
    const me = await this.api("leader", "GET", "/api/v1/me");
    return this.api("leader", "POST", "/api/v1/items", { unit_id: me.roles[0].unit.id, kind: "tin", title });
  }

  // The API, with the token of a role.
  async api(role, verb, path, body, version) {
    const headers = { "Authorization": `Bearer ${this.facts.people[role].token}`, "Content-Type": "application/json" };
    if (version !== undefined) headers["If-Match"] = `"${version}"`;
    const reply = await fetch(this.facts.base + path, {
      method: verb,
      headers,
      body: body && JSON.stringify(body),
    });
    const text = await reply.text();
    check(reply.ok, `${verb} ${path}: ${reply.status} ${text}`);
    return JSON.parse(text);
  }
}

export class Visit {
  constructor(world, context, page, role) {
    Object.assign(this, { world, context, page, role, presses: 0, said: [], status: 0 });
  }

  listen() {
    const { page } = this;
    page.on("console", (message) => {
      // that a page is refused is what some checks are about
      const refused = message.text().includes("the server responded with a status of 4")
        && message.location().url === page.url();
      if (!refused) this.said.push(`${message.type()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => this.said.push(`${error.message ?? error}`));
    page.on("response", (response) => {
      if (response.request().isNavigationRequest()) this.status = response.status();
      else if (response.status() >= 400) this.said.push(`${response.status()} ${response.url()}`);
    });
  }

  width(width) { return this.page.setViewport({ width, height: width < 600 ? 844 : 900 }); }

  async go(path) {
    await this.page.goto(this.world.facts.base + path, { waitUntil: "load" });
  }

  path() { return this.page.url().slice(this.world.facts.base.length); }

  // With the session that the role has, or a new one.
  async enter(role) {
    const { sessions } = this.world;
    if (sessions.has(role)) return this.context.setCookie(sessions.get(role));
    await this.go("/dang-nhap");
    await this.signIn(role);
    check(!this.path().startsWith("/dang-nhap"), `${role} is not signed in: ${await this.text()}`);
    const cookies = await this.context.cookies();
    sessions.set(role, cookies.find((cookie) => cookie.name === "__Host-tinbai"));
    this.presses = 0;
  }

  // Fills in the form of signing in that is shown.
  async signIn(role) {
    const person = this.world.facts.people[role];
    await this.write("#mail", person.mail);
    await this.write("#password", person.password);
    await this.press("form.fields button[type=submit]");
  }

  // The first element that is shown, whose text begins with `text`.
  async find(css, text = "") {
    const found = await this.page.evaluateHandle((css, text) => [...document.querySelectorAll(css)].find((one) =>
      one.checkVisibility() && one.textContent.trim().startsWith(text)), css, text);
    const element = found.asElement();
    check(element, `no ${css} "${text}" at ${this.path()}`);
    return element;
  }

  has(css) { return this.page.evaluate((css) => document.querySelector(css) !== null, css); }

  count(css) { return this.page.evaluate((css) => document.querySelectorAll(css).length, css); }

  text(css = "main") { return this.page.evaluate((css) => document.querySelector(css)?.textContent ?? "", css); }

  value(css) { return this.page.evaluate((css) => document.querySelector(css)?.value ?? "", css); }

  // The addresses of the links that match.
  links(css) { return this.page.evaluate((css) => [...document.querySelectorAll(css)].map((a) => a.getAttribute("href")), css); }

  // Types by keyboard over what is there.
  async write(css, text) {
    const field = await this.find(css);
    await field.focus();
    await field.evaluate((field) => field.select?.());
    // as pasted: one event, however long
    const client = this.client ??= await this.page.createCDPSession();
    await client.send("Input.insertText", { text });
  }

  // Presses a button or follows a link by keyboard, and waits for the page that comes.
  async press(css, text) {
    const element = await this.find(css, text);
    this.presses += 1;
    const comes = this.page.waitForNavigation({ waitUntil: "load" });
    await element.focus();
    await this.page.keyboard.press("Enter");
    await comes;
  }

  // Presses what leads nowhere: a summary, a checkbox.
  async touch(css, text, key = "Enter") {
    const element = await this.find(css, text);
    this.presses += 1;
    await element.focus();
    await this.page.keyboard.press(key);
  }

  async back() {
    await this.page.goBack({ waitUntil: "load" });
  }

  // After a form was sent the focus comes to what it says: the notice, the faults or the heading.
  async checkFocus(what) {
    const there = () => document.activeElement?.matches(".note, .faults, .conflict, main h1, main [autofocus]") ?? false;
    await this.page.waitForFunction(there, { polling: 50, timeout: PATIENCE / 3 }).catch(async () => {
      const at = await this.page.evaluate(() => document.activeElement?.outerHTML.slice(0, 120));
      throw new Error(`${what}: the focus is on ${at} at ${this.path()}`);
    });
  }
}
