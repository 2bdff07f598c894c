/** Where rules of mode allow go among the chains that judge what leaves. */
import { expect, test } from 'vitest';
import { placeInNftables } from '../../../src/firewall/live/nftables/place.js';
import type { Detection } from '../../../src/firewall/live/detect.js';
import { NOTHING_FILTERS } from './facts.js';

type Chain = Detection['egressChains'][number];
const chain = (table: string, denies: Chain['denies']): Chain => ({ table, chain: 'out', input: null, denies });
const place = (...egressChains: Chain[]): string | undefined =>
  placeInNftables({ mode: 'allow', settings: {} }, { ...NOTHING_FILTERS, egressChains })['table'];

test('the chain that stops the rest goes before those that stop some, and these before those that stop nothing', () => {
  expect(place(chain('inet services', 'some'), chain('inet mine', 'rest'), chain('inet marks', null))).toBe(
    'inet mine',
  );
  expect(place(chain('inet marks', null), chain('inet services', 'some'))).toBe('inet services');
  expect(place(chain('inet marks', null))).toBe('inet marks');
  expect(place()).toBeUndefined();
});

test('two that stop the rest are a question, unless each family has its own', () => {
  expect(() => place(chain('inet a', 'rest'), chain('inet b', 'rest'))).toThrow('--set table=');
  expect(() => place(chain('inet a', 'some'), chain('ip b', 'some'))).toThrow('--set table=');
  expect(place(chain('ip6 mine', 'rest'), chain('ip mine', 'rest'))).toBe('ip mine+ip6 mine');
});
