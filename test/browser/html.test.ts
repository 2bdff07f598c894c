/** The HTML form of each kind of answer in a real Chromium, with hostile peers and fifty addresses among them. */
import { readFileSync } from 'node:fs';
import { loadReport } from '../../src/report/load.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOSTILE, KINDS, hostile } from '../helpers/sample-kinds.js';
import { type Look, LOOKS, expectGood, openAll } from './look.js';
import { NO_CHROMIUM, Pages, evaluate } from './pages.js';

const ALL_LOOKS: readonly Look[] = [...LOOKS, { width: 360, scheme: 'light' }, { width: 1280, scheme: 'dark' }];

/** How much of what stands inside closed details can be seen. */
const SEEN_OF_CLOSED =
  "[...document.querySelectorAll('main > section > details:not([open]) > div')].map((d) => d.checkVisibility())";

const ALL_SEEN = "[...document.querySelectorAll('main > section > details > div')].every((d) => d.checkVisibility())";

describe.skipIf(NO_CHROMIUM)('the HTML form in Chromium', () => {
  let pages: Pages;
  beforeAll(async () => {
    pages = await Pages.launch();
  });
  afterAll(() => pages?.close());

  it.concurrent.for(Object.entries(KINDS))(
    '%s: quiet, self-contained, accessible, nothing sticks out',
    async ([name, make]) => {
      await pages.with(name, make(), (sheet) => expectGood(sheet, name, ALL_LOOKS));
    },
  );

  it('obeys its own policy: the style applies, nothing else may', async () => {
    await pages.alone('policy', hostile(), async ({ page, seen }) => {
      expect(seen.console).toEqual([]);
      expect(await evaluate<string>(page, "getComputedStyle(document.querySelector('.card')).borderRadius")).toBe(
        '12px',
      );
      await evaluate(
        page,
        "(() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s); const i = new Image(); i.src = 'http://127.0.0.1:9/x.png'; document.body.append(i); })()",
      );
      await page.waitForTimeout(100);
      expect(await evaluate<unknown>(page, 'window.ran ?? null')).toBeNull();
      // The one that the test itself provoked never left: the policy ended it.
      expect(seen.blocked).toEqual(['http://127.0.0.1:9/x.png csp']);
      expect(seen.console.join('\n')).toContain('Content Security Policy');
    });
  });

  it('shows hostile strings as text', async () => {
    await pages.alone('hostile-text', hostile(), async ({ page, seen }) => {
      await openAll(page);
      const text = await evaluate<string>(page, 'document.body.innerText');
      expect(HOSTILE).toContain('<script>alert(1)</script>');
      expect(text).toContain('<script>alert(1)</script><img src=x onerror=alert(2)>');
      expect(text).toContain('\\x1b[31mred');
      expect(text).toContain('\\u{202e}gnp.exe');
      expect(
        await evaluate<number>(
          page,
          'document.querySelectorAll(\'img, iframe, a:not(.skip):not(.save), script:not([type="application/json"])\').length',
        ),
      ).toBe(0);
      expect(seen.dialogs).toEqual([]);
    });
  });

  it('can be read with the keyboard alone', async () => {
    await pages.alone('keyboard', KINDS['mqtt-dropped']!(), async ({ page }) => {
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
    });
  });

  it('keeps a run of fifty addresses readable: one row of one line each, bars inside their lane', async () => {
    await pages.alone('fifty', KINDS['fifty-addresses']!(), async ({ page }) => {
      await openAll(page);
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
    });
  });

  it('saves the run by a link that needs no script, under the name that it shows', async () => {
    const run = KINDS['mqtt-dropped']!();
    await pages.alone('save', run, async ({ page, seen }) => {
      const waiting = page.waitForEvent('download');
      await page.click('a.save');
      const download = await waiting;
      expect(download.suggestedFilename()).toBe(await page.innerText('a.save'));
      const text = readFileSync(await download.path(), 'utf8');
      expect(loadReport(text, 'run.json')).toEqual(loadReport(JSON.stringify(run), 'run.json'));
      expect(seen.console).toEqual([]);
    });
  });

  it.each(Object.keys(KINDS).filter((name) => !['hostile', 'fifty-addresses'].includes(name)))(
    '%s fits on three sheets of paper',
    async (name) => {
      await pages.alone(`pdf-${name}`, KINDS[name]!(), async ({ page }) => {
        const pdf = (await page.pdf({ format: 'A4' })).toString('latin1');
        expect(pdf.match(/\/Type\s*\/Page\b(?!s)/g)?.length ?? 0).toBeGreaterThan(0);
        expect(pdf.match(/\/Type\s*\/Page\b(?!s)/g)?.length).toBeLessThanOrEqual(3);
      });
    },
  );

  it('prints what is open, on white; closed details stay closed', async () => {
    await pages.alone('print', KINDS['mqtt-dropped']!(), async ({ page }) => {
      const pdf = await page.pdf({ format: 'A4' });
      expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
      expect(new Set(await evaluate<boolean[]>(page, SEEN_OF_CLOSED))).toEqual(new Set([false]));
      await page.emulateMedia({ media: 'print' });
      expect(new Set(await evaluate<boolean[]>(page, SEEN_OF_CLOSED))).toEqual(new Set([false]));
      await openAll(page);
      expect(await evaluate<boolean>(page, ALL_SEEN)).toBe(true);
      expect(await evaluate<string>(page, 'getComputedStyle(document.body).backgroundColor')).toBe(
        'rgb(255, 255, 255)',
      );
    });
  });
});
