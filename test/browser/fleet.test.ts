/** The fleet page in a real Chromium: quick at ten thousand hosts, readable without its script, usable by keyboard. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fleet } from '../../src/report/fleet/fleet.js';
import { fleetHtml } from '../../src/report/fleet/html.js';
import { rowOf } from '../../src/report/fleet/row.js';
import { earlierOf } from '../../src/report/fleet/trend.js';
import { fleetOf, onHost, sampleRuns, summaryOf } from '../helpers/sample-fleet.js';
import { healthy, hostile, mqttDropped, proxy407 } from '../helpers/sample-kinds.js';
import { type Look, LOOKS, expectGood } from './look.js';
import { NO_CHROMIUM, Pages, evaluate } from './pages.js';

const ALL_LOOKS: readonly Look[] = [...LOOKS, { width: 360, scheme: 'light' }, { width: 1280, scheme: 'dark' }];
const MANY = 10_000;

function page(): string {
  const earlier = earlierOf('2026-08-31T06:00:00.000Z', fleetOf(sampleRuns().slice(9, 30)).rows());
  const fleet = fleetOf(sampleRuns());
  fleet.leaveOut({ kind: 'damaged', name: 'x.json', text: 'x.json is not a saved run' });
  return fleetHtml(summaryOf(fleet, earlier));
}

/** Every fifth host fails, of two causes. */
function many(): string {
  const kinds = [
    healthy(),
    healthy(),
    proxy407(),
    healthy(),
    healthy(),
    healthy(),
    healthy(),
    mqttDropped(),
    healthy(),
    healthy(),
  ].map((run, i) => rowOf(onHost(run, 'x', { labels: { site: `s${i % 3}` } })));
  const fleet = new Fleet();
  for (let i = 0; i < MANY; i += 1) {
    const row = kinds[i % kinds.length];
    if (row !== undefined) fleet.addRow({ ...row, host: `host-${String(i).padStart(5, '0')}` });
  }
  return fleetHtml(summaryOf(fleet));
}

const firstCell = "document.querySelector('#grid tbody tr td').textContent";
const rowCount = "document.querySelectorAll('#grid tbody tr').length";
const status = "document.querySelector('#count').textContent";

describe.skipIf(NO_CHROMIUM)('the fleet page in Chromium', () => {
  let pages: Pages;
  beforeAll(async () => {
    pages = await Pages.launch();
  });
  afterAll(() => pages?.close());

  it('is quiet, self-contained, accessible, and nothing sticks out', async () => {
    await pages.with('fleet', page(), (sheet) => expectGood(sheet, 'fleet', ALL_LOOKS));
  });

  it('shows hostile names as text, and its policy lets nothing else run', async () => {
    const evil = onHost(hostile(), '</script><script>window.ran=1</script>', {
      labels: { site: '"><img src=x onerror=window.ran=2>' },
    });
    await pages.alone('fleet-hostile', fleetHtml(summaryOf(fleetOf([...sampleRuns(), evil]))), async (sheet) => {
      expect(sheet.seen.console).toEqual([]);
      expect(await evaluate<string>(sheet.page, status)).toBe('37 hosts');
      await evaluate(
        sheet.page,
        "(() => { const s = document.createElement('script'); s.textContent = 'window.ran = 3'; document.body.append(s); })()",
      );
      expect(await evaluate<unknown>(sheet.page, 'window.ran ?? null')).toBeNull();
      expect(await evaluate<number>(sheet.page, "document.querySelectorAll('img, iframe, a:not(.skip)').length")).toBe(
        0,
      );
      expect(await evaluate<string>(sheet.page, 'document.body.innerText')).toContain(
        '</script><script>window.ran=1</script>',
      );
      expect(sheet.seen.dialogs).toEqual([]);
    });
  });

  it('says everything without its script but the searchable table', async () => {
    await pages.alone(
      'fleet-plain',
      page(),
      async ({ page: plain }) => {
        const text = (await plain.textContent('main')) ?? '';
        expect(text).toContain('36 hosts: 18 will work, 18 will fail');
        for (const run of sampleRuns()) expect(text).toContain(run.environment.hostname);
        expect(await plain.isVisible('#tool')).toBe(false);
        expect(await plain.isVisible('noscript p')).toBe(true);
      },
      { script: false },
    );
  });

  it(`is quick with ${MANY} hosts: few rows exist, a search takes no time`, async () => {
    const text = many();
    expect(text.length).toBeLessThan(2_500_000);
    await pages.alone('fleet-many', text, async ({ page: sheet, seen }) => {
      expect(await evaluate<string>(sheet, status)).toBe(`${MANY} hosts`);
      expect(await evaluate<number>(sheet, rowCount)).toBeLessThan(60);
      // The last row by keyboard alone.
      await sheet.focus('#grid');
      await sheet.keyboard.press('End');
      expect(await evaluate<string>(sheet, "document.querySelector('[aria-selected=true] td').textContent")).toBe(
        'host-09999',
      );
      expect(await evaluate<number>(sheet, rowCount)).toBeLessThan(60);
      const search = (words: string): Promise<number> =>
        evaluate<number>(
          sheet,
          `(() => { const box = document.querySelector('#box'); box.value = ${JSON.stringify(words)}; const t = performance.now(); box.dispatchEvent(new Event('input')); return performance.now() - t; })()`,
        );
      await search('x');
      const took = await search('outcome:fail site=s1');
      expect(await evaluate<string>(sheet, status)).toBe(`${MANY / 10} of ${MANY} hosts`);
      expect(took).toBeLessThan(1000);
      await search('cause:tcp -host-00007');
      expect(await evaluate<string>(sheet, status)).toBe(`${MANY / 10 - 1} of ${MANY} hosts`);
      expect(await evaluate<string>(sheet, firstCell)).toBe('host-00017');
      expect(seen.console).toEqual([]);
    });
  });

  it('is driven by the keyboard: search, move, show, back, sort', async () => {
    await pages.alone('fleet-keys', page(), async ({ page: sheet }) => {
      await sheet.keyboard.press('/');
      await sheet.keyboard.type('fra2');
      expect(await evaluate<string>(sheet, status)).toBe('12 of 36 hosts');
      await sheet.keyboard.press('Enter');
      await sheet.keyboard.press('ArrowDown');
      await sheet.keyboard.press('Enter');
      const shown = await evaluate<string>(sheet, "document.querySelector('#one').textContent");
      expect(shown).toContain('fra2-web-01');
      expect(shown).toContain('proxy.auth_scheme_unsupported');
      await sheet.keyboard.press('Escape');
      await sheet.keyboard.press('Escape');
      expect(await evaluate<string>(sheet, status)).toBe('36 hosts');
      await sheet.focus('#grid th button');
      await sheet.keyboard.press('Enter');
      expect(await evaluate<string>(sheet, firstCell)).toBe('lon3-web-11');
      expect(await evaluate<string>(sheet, "document.querySelector('#grid th').getAttribute('aria-sort')")).toBe(
        'descending',
      );
    });
  });

  it('prints the summary with every host, and leaves the table to the screen', async () => {
    await pages.alone('fleet-print', page(), async ({ page: sheet }) => {
      await sheet.emulateMedia({ media: 'print' });
      expect(await sheet.isVisible('#tool')).toBe(false);
      const hidden = await evaluate<number>(
        sheet,
        "[...document.querySelectorAll('main details > div')].filter((d) => !d.checkVisibility()).length",
      );
      expect(hidden).toBe(0);
      expect((await sheet.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-');
    });
  });
});
