/**
 * The HTML form in a real Chromium: at a phone's and a desk's width, light and dark, with hostile peers and fifty
 * addresses, and for real runs of the doctor against more than sixty scenarios of the simulated cloud. Set
 * NETDATA_EGRESS_RUNS to a folder of saved runs (the root lab's, say) to have those rendered too, and
 * NETDATA_EGRESS_SHOTS to a folder for screenshots.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axeCore from 'axe-core';
import { type Browser, type BrowserContext, type Page, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.js';
import { htmlFormat } from '../../src/report/html.js';
import { loadReport } from '../../src/report/load.js';
import { plainPaint } from '../../src/report/paint.js';
import { redactReport } from '../../src/report/redact.js';
import { SCENARIOS } from '../../src/sim/scenarios/registry.js';
import type { Scenario } from '../../src/sim/scenarios/scenario.js';
import { HOSTILE, KINDS, hostile } from '../helpers/sample-kinds.js';
import { playAll, waitsForSilence } from '../helpers/sim/play.js';

const EXECUTABLE = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const missing = !existsSync(EXECUTABLE);
if (missing) console.warn(`skipped: there is no Chromium at ${EXECUTABLE} (set CHROMIUM)`);

const axe = axeCore.source;
const options = { paint: plainPaint, width: 80, unicode: true, verbose: 0 };

function savedRuns(): Record<string, () => Report> {
  const folder = process.env['NETDATA_EGRESS_RUNS'];
  if (folder === undefined) return {};
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return Object.fromEntries(
    names.map((name) => [name, () => loadReport(readFileSync(join(folder, name), 'utf8'), name)]),
  );
}

const ALL = { ...KINDS, ...savedRuns() };

/** One scenario of each kind of answer first, then more of them. */
function chosenScenarios(most: number): readonly Scenario[] {
  const kinds = new Map<string, Scenario>();
  for (const scenario of SCENARIOS) {
    const { claim, link, cause } = scenario.expect;
    const key = [claim, link, cause, scenario.proxy?.scheme].join();
    if (!kinds.has(key)) kinds.set(key, scenario);
  }
  return [...new Set([...kinds.values(), ...SCENARIOS])].slice(0, most);
}

const PLAYED = chosenScenarios(72);
const SHOTS = process.env['NETDATA_EGRESS_SHOTS'];
const LOOKS = [
  [360, 'dark'],
  [1280, 'light'],
] as const;
type Scheme = 'light' | 'dark';

interface Seen {
  readonly requests: string[];
  readonly console: string[];
  readonly dialogs: string[];
  readonly blocked: string[];
}

describe.skipIf(missing)('the HTML form in Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'egress-html-'));
  let browser: Browser;

  beforeAll(async () => {
    browser = await chromium.launch({
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
    });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(
    name: string,
    report: Report,
    width: number,
    scheme: Scheme,
    bypassCSP: boolean,
  ): Promise<{ page: Page; seen: Seen }> {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme, bypassCSP });
    const page = await context.newPage();
    const seen = watch(page);
    await show(page, name, report);
    return { page, seen };
  }

  async function show(page: Page, name: string, report: Report): Promise<void> {
    const file = join(folder, `${name}.html`);
    writeFileSync(file, htmlFormat.render(report, options));
    await page.goto(pathToFileURL(file).href);
  }

  function watch(page: Page): Seen {
    const seen: Seen = { requests: [], console: [], dialogs: [], blocked: [] };
    page.on('request', (request) => seen.requests.push(request.url()));
    page.on('requestfailed', (request) => seen.blocked.push(`${request.url()} ${request.failure()?.errorText ?? ''}`));
    page.on('console', (message) => seen.console.push(message.text()));
    page.on('pageerror', (error) => seen.console.push(error.message));
    page.on('dialog', (dialog) => {
      seen.dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    return seen;
  }

  /** Runs in the page; typed loosely because the test itself has no DOM. */
  const evaluate = <T>(page: Page, expression: string): Promise<T> => page.evaluate(expression) as Promise<T>;
  const OPEN_ALL = "document.querySelectorAll('details').forEach((d) => { d.open = true; })";

  /** What every page must be, whatever it shows. */
  async function expectGood(page: Page, seen: Seen, width: number, name: string): Promise<void> {
    expect(await evaluate<number>(page, 'document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    if (SHOTS !== undefined) {
      mkdirSync(SHOTS, { recursive: true });
      await page.screenshot({ path: join(SHOTS, `${name}-${width}.png`), fullPage: true });
    }
    await evaluate(page, OPEN_ALL);
    expect(await evaluate<number>(page, 'document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    await evaluate(page, axe);
    const violations = await evaluate<{ id: string; nodes: { html: string }[] }[]>(
      page,
      "axe.run(document, { resultTypes: ['violations'] }).then((r) => r.violations)",
    );
    expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(' | ')}`)).toEqual([]);
    expect(seen.console).toEqual([]);
    expect(seen.requests.filter((url) => !url.startsWith('file://'))).toEqual([]);
    expect(seen.requests).toHaveLength(1);
  }

  describe('real runs', () => {
    let runs: ReadonlyMap<string, Report>;
    const contexts = new Map<number, BrowserContext>();
    beforeAll(async () => {
      // Waiting for silence costs nothing: those side by side with the others.
      const [silent, answering] = await Promise.all([
        playAll(PLAYED.filter(waitsForSilence), 8),
        playAll(
          PLAYED.filter((scenario) => !waitsForSilence(scenario)),
          3,
        ),
      ]);
      runs = new Map([...silent, ...answering]);
      for (const [width, colorScheme] of LOOKS) {
        contexts.set(
          width,
          await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true }),
        );
      }
    }, 180_000);
    afterAll(() => Promise.all([...contexts.values()].map((context) => context.close())));

    it('are many, and all kinds of answers are among them', () => {
      expect(runs.size).toBeGreaterThanOrEqual(60);
      const outcomes = [...runs.values()].map(({ verdict }) => `${verdict.claim.outcome} ${verdict.link.outcome}`);
      for (const kind of ['will_work will_work', 'will_work will_fail', 'will_fail will_fail']) {
        expect(outcomes).toContain(kind);
      }
    });

    for (const { id } of PLAYED) {
      for (const [width, scheme] of LOOKS) {
        it(`${id} at ${width} px, ${scheme}`, async () => {
          const report = runs.get(id);
          const context = contexts.get(width);
          if (report === undefined || context === undefined) throw new Error(`${id} was not played`);
          const page = await context.newPage();
          const seen = watch(page);
          await show(page, `${id}-${width}`, redactReport(report, { mode: 'standard', secrets: [] }).report);
          await expectGood(page, seen, width, id);
          await page.close();
        });
      }
    }
  });

  for (const [name, make] of Object.entries(ALL)) {
    for (const [width, scheme] of [...LOOKS, [360, 'light'], [1280, 'dark']] as readonly (readonly [
      number,
      Scheme,
    ])[]) {
      it(`${name} at ${width} px, ${scheme}: quiet, self-contained, accessible, nothing sticks out`, async () => {
        const { page, seen } = await open(name, make(), width, scheme, true);
        await expectGood(page, seen, width, `${name}-${scheme}`);
        await page.context().close();
      });
    }
  }

  it('obeys its own policy: the style applies, nothing else may', async () => {
    const { page, seen } = await open('policy', hostile(), 1280, 'light', false);
    expect(seen.console).toEqual([]);
    expect(await evaluate<string>(page, "getComputedStyle(document.querySelector('.card')).borderRadius")).toBe('12px');
    await evaluate(
      page,
      "(() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s); const i = new Image(); i.src = 'http://127.0.0.1:9/x.png'; document.body.append(i); })()",
    );
    await page.waitForTimeout(100);
    expect(await evaluate<unknown>(page, 'window.ran ?? null')).toBeNull();
    // The one that the test itself provoked never left: the policy ended it.
    expect(seen.blocked).toEqual(['http://127.0.0.1:9/x.png csp']);
    expect(seen.console.join('\n')).toContain('Content Security Policy');
    await page.context().close();
  });

  it('shows hostile strings as text', async () => {
    const { page, seen } = await open('hostile-text', hostile(), 1280, 'light', false);
    await evaluate(page, OPEN_ALL);
    const text = await evaluate<string>(page, 'document.body.innerText');
    expect(HOSTILE).toContain('<script>alert(1)</script>');
    expect(text).toContain('<script>alert(1)</script><img src=x onerror=alert(2)>');
    expect(text).toContain('\\x1b[31mred');
    expect(text).toContain('\\u{202e}gnp.exe');
    expect(
      await evaluate<number>(
        page,
        'document.querySelectorAll(\'img, iframe, a:not(.skip), script:not([type="application/json"])\').length',
      ),
    ).toBe(0);
    expect(seen.dialogs).toEqual([]);
    await page.context().close();
  });

  it('can be read with the keyboard alone', async () => {
    const { page } = await open('keyboard', KINDS['mqtt-dropped']!(), 1280, 'light', false);
    await page.keyboard.press('Tab');
    expect(await evaluate<string>(page, 'document.activeElement.textContent')).toBe('Skip to the answer');
    const total = await evaluate<number>(page, "document.querySelectorAll('summary').length");
    const reached = new Set<string>();
    for (let i = 0; i < total * 3 + 5; i += 1) {
      await page.keyboard.press('Tab');
      const tag = await evaluate<string>(page, 'document.activeElement.tagName');
      if (tag === 'SUMMARY') {
        reached.add(await evaluate<string>(page, 'document.activeElement.textContent'));
        if (i === 0) await page.keyboard.press('Enter');
      }
    }
    expect(reached.size).toBeGreaterThan(5);
    await page.context().close();
  });

  it('keeps a run of fifty addresses readable: one row of one line each, bars inside their lane', async () => {
    const { page } = await open('fifty', KINDS['fifty-addresses']!(), 1280, 'light', false);
    await evaluate(page, OPEN_ALL);
    const rows = await evaluate<{ height: number; inside: boolean; text: string }[]>(
      page,
      `[...document.querySelectorAll('.bar')].map((li) => { const lane = li.querySelector('svg').getBoundingClientRect();
        const inside = [...li.querySelectorAll('rect')].every((r) => { const b = r.getBoundingClientRect(); return b.left >= lane.left - 2 && b.right <= lane.right + 2 && b.width >= 2; });
        return { height: li.getBoundingClientRect().height, inside, text: li.firstElementChild.textContent }; })`,
    );
    expect(rows.filter((row) => row.text.startsWith('203.0.113.') || row.text.startsWith('2001:db8:'))).toHaveLength(
      50,
    );
    expect(rows.every((row) => row.inside)).toBe(true);
    expect(Math.max(...rows.map((row) => row.height))).toBeLessThan(60);
    await page.context().close();
  });

  it('prints every detail', async () => {
    const { page } = await open('print', KINDS['mqtt-dropped']!(), 1280, 'dark', false);
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    await page.emulateMedia({ media: 'print' });
    expect(await evaluate<string>(page, 'getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    await page.context().close();
  });
});
