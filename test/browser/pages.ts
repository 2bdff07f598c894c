/** One Chromium and as many pages as the machine has cores; each page is used again and again, and told on. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type Page, chromium } from 'playwright-core';
import type { Report } from '../../src/model/report.js';
import { htmlFormat } from '../../src/report/html.js';
import { plainPaint } from '../../src/report/paint.js';
import { SIDE_BY_SIDE } from './side-by-side.js';

const EXECUTABLE = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
export const NO_CHROMIUM = !existsSync(EXECUTABLE);
if (NO_CHROMIUM) console.warn(`skipped: there is no Chromium at ${EXECUTABLE} (set CHROMIUM)`);

/** What happened on a page since a file was opened in it. */
export interface Seen {
  readonly requests: string[];
  readonly console: string[];
  readonly dialogs: string[];
  /** Requests that came to nothing, with the reason. */
  readonly blocked: string[];
}

export interface Sheet {
  readonly page: Page;
  readonly seen: Seen;
}

const quiet = (): Seen => ({ requests: [], console: [], dialogs: [], blocked: [] });

function watch(page: Page, seen: Seen): void {
  page.on('request', (request) => seen.requests.push(request.url()));
  page.on('requestfailed', (request) => seen.blocked.push(`${request.url()} ${request.failure()?.errorText ?? ''}`));
  page.on('console', (message) => seen.console.push(message.text()));
  page.on('pageerror', (error) => seen.console.push(error.message));
  page.on('dialog', (dialog) => {
    seen.dialogs.push(dialog.message());
    void dialog.dismiss();
  });
}

/** Runs in the page; typed loosely because the test itself has no DOM. */
export const evaluate = <T>(page: Page, expression: string): Promise<T> => page.evaluate(expression) as Promise<T>;

export class Pages {
  readonly #browser: Browser;
  readonly #folder = mkdtempSync(join(tmpdir(), 'egress-html-'));
  readonly #idle: Sheet[] = [];

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(): Promise<Pages> {
    const pages = new Pages(
      await chromium.launch({
        executablePath: EXECUTABLE,
        args: [
          '--no-sandbox',
          '--disable-gpu',
          '--disable-quic',
          '--no-first-run',
          '--disable-background-networking',
          '--disable-component-update',
          '--disable-sync',
        ],
      }),
    );
    // axe is injected, which the page's own policy forbids: what needs the policy asks for a page of its own.
    for (let i = 0; i < SIDE_BY_SIDE; i += 1) pages.#idle.push(await pages.#make(true));
    return pages;
  }

  async #make(bypassCSP: boolean, javaScriptEnabled = true): Promise<Sheet> {
    const viewport = { width: 1280, height: 900 };
    const context = await this.#browser.newContext({ viewport, bypassCSP, javaScriptEnabled });
    const page = await context.newPage();
    const seen = quiet();
    watch(page, seen);
    return { page, seen };
  }

  async #show({ page, seen }: Sheet, name: string, report: Report | string): Promise<void> {
    const file = join(this.#folder, `${name}.html`);
    const options = { paint: plainPaint, width: 80, unicode: true, verbose: 0 };
    writeFileSync(file, typeof report === 'string' ? report : htmlFormat.render(report, options));
    for (const list of Object.values(seen) as string[][]) list.length = 0;
    await page.goto(pathToFileURL(file).href);
    rmSync(file);
  }

  /** On one of the shared pages; `report` may be the text of a page itself. */
  async with<T>(name: string, report: Report | string, look: (sheet: Sheet) => Promise<T>): Promise<T> {
    const sheet = this.#idle.pop();
    if (sheet === undefined) throw new Error('more tests run side by side than there are pages');
    try {
      await this.#show(sheet, name, report);
      return await look(sheet);
    } finally {
      this.#idle.push(sheet);
    }
  }

  /** On a page that keeps its policy, for one look only. */
  async alone<T>(
    name: string,
    report: Report | string,
    look: (sheet: Sheet) => Promise<T>,
    { script = true } = {},
  ): Promise<T> {
    const sheet = await this.#make(false, script);
    try {
      await this.#show(sheet, name, report);
      return await look(sheet);
    } finally {
      await sheet.page.context().close();
    }
  }

  async close(): Promise<void> {
    await this.#browser.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
