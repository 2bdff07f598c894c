/** What every page must be, whatever it shows: quiet, self-contained, accessible, nothing sticks out. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import axeCore from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { type Sheet, evaluate } from './pages.js';

export type Scheme = 'light' | 'dark';
export interface Look {
  readonly width: number;
  readonly scheme: Scheme;
}

/** A desk by day, a phone at night. */
export const LOOKS: readonly Look[] = [
  { width: 1280, scheme: 'light' },
  { width: 360, scheme: 'dark' },
];

const SHOTS = process.env['NETDATA_EGRESS_SHOTS'];

/** The rules of axe whose answer may change with the width and the colours; all others see the same document. */
const OF_LOOKS = ['color-contrast', 'target-size', 'scrollable-region-focusable', 'link-in-text-block'];

export const openAll = (page: Page): Promise<void> =>
  evaluate(page, "document.querySelectorAll('details').forEach((d) => { d.open = true; })");
const closeAll = (page: Page): Promise<void> =>
  evaluate(page, "document.querySelectorAll('details').forEach((d) => { d.open = false; })");

async function expectAccessible(page: Page, only: readonly string[] | null): Promise<void> {
  const options = {
    resultTypes: ['violations'],
    rules: { 'target-size': { enabled: true } },
    ...(only === null ? {} : { runOnly: { type: 'rule', values: only } }),
  };
  const violations = await evaluate<{ id: string; nodes: { html: string }[] }[]>(
    page,
    `axe.run(document, ${JSON.stringify(options)}).then((r) => r.violations)`,
  );
  expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(' | ')}`)).toEqual([]);
}

const sticksOut = (page: Page): Promise<number> =>
  evaluate(page, 'document.documentElement.scrollWidth - document.documentElement.clientWidth');

/** Looks at an open page in each of the ways, closed as it comes and with every detail open. */
export async function expectGood({ page, seen }: Sheet, name: string, looks: readonly Look[] = LOOKS): Promise<void> {
  await evaluate(page, axeCore.source);
  for (const [index, { width, scheme }] of looks.entries()) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: scheme });
    const what = `${width} px, ${scheme}`;
    if (index > 0) await closeAll(page);
    expect(await sticksOut(page), `closed, ${what}`).toBe(0);
    if (SHOTS !== undefined) {
      mkdirSync(SHOTS, { recursive: true });
      await page.screenshot({ path: join(SHOTS, `${name}-${width}-${scheme}.png`), fullPage: true });
    }
    await openAll(page);
    expect(await sticksOut(page), `open, ${what}`).toBe(0);
    await expectAccessible(page, index === 0 ? null : OF_LOOKS);
  }
  expect(seen.console).toEqual([]);
  expect(seen.dialogs).toEqual([]);
  expect(seen.requests.filter((url) => !url.startsWith('file://'))).toEqual([]);
  expect(seen.requests).toHaveLength(1);
}
