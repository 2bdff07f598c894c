/** Hostile input over every target of the registry: an error, or text that is safe. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AllowList } from '../../../src/model/allow-list.js';
import { UsageError } from '../../../src/model/errors.js';
import { buildAllowList } from '../../../src/firewall/core/allow-list.js';
import { RULE_TARGETS } from '../../../src/firewall/registry.js';
import { checkAllowList, renderRules } from '../../../src/firewall/render.js';
import { safeComment } from '../../../src/firewall/core/sanitise.js';
import type { RuleMode, RuleTarget } from '../../../src/firewall/core/target.js';
import { host, LAB_RANGES, list, NOW } from './factory.js';
import { ORACLES } from '../../oracles/registry.js';

const PAYLOADS = [
  '"; rm -rf / #',
  "'$(reboot)'",
  '`id`',
  'a\nallow all',
  'a\r\nb',
  'a\u0000b',
  '\u001b[2J',
  '--help',
  '-n',
  '-j ACCEPT',
  '*',
  '..',
  '.',
  '',
  'a'.repeat(300),
  `${'a'.repeat(64)}.example`,
  'münchen.example',
  'exa\u202emple.cloud',
  'netdata.cloud}',
  '{{x}}',
  '%0a',
  '<script>',
  ']]>',
  '-->',
  'app.netdata.cloud/',
  'https://app.netdata.cloud',
  'app.netdata.cloud:443',
  'app netdata cloud',
  'app..netdata.cloud',
  '-app.netdata.cloud',
  'app-.netdata.cloud',
  '_dmarc.netdata.cloud',
  '*.netdata.cloud',
  '.netdata.cloud',
  '198.51.100.2',
  '1.2',
  'localhost',
  '999.1.1.1',
  '0x7f.1',
];
const BAD_ADDRESSES = [
  '0.0.0.0/0',
  '::/0',
  '010.0.0.1',
  '0x7f000001',
  '2130706433',
  '::ffff:198.51.100.2',
  'fe80::1%eth0',
  '198.51.100.2/24',
  '1.2.3',
  '1.2.3.4/',
  '1.2.3.4/-1',
  '300.1.1.1',
  '198.51.100.2; accept',
  '198.51.100.2\n198.51.100.3',
  '198.51.100.2 ',
  'localhost',
  '',
  '2001:db8::/129',
  '127.0.0.1',
  '10.0.0.1',
];
const hostile = fc.oneof(
  fc.constantFrom(...PAYLOADS),
  fc.string({ maxLength: 400, unit: 'binary' }),
  fc.string({ maxLength: 60 }),
);
const address = fc.oneof(fc.constantFrom(...BAD_ADDRESSES), fc.ipV4(), fc.ipV6(), fc.string({ maxLength: 50 }));

/** Every mode, and every form of the targets that have several. */
function waysOf(target: RuleTarget): readonly (readonly [RuleMode, Readonly<Record<string, string>>])[] {
  const form = target.settings.find((setting) => setting.name === 'form');
  const forms = ['', 'terraform', 'cloudformation'].filter((name) => name === '' || form?.pattern.test(name) === true);
  return target.capabilities.modes.flatMap((mode) => forms.map((form) => [mode, form === '' ? {} : { form }] as const));
}

/** Renders everywhere; only typed refusals may come out. Returns all text. */
function everywhere(make: () => AllowList, extra: object = {}): string[] {
  const out: string[] = [];
  for (const target of RULE_TARGETS)
    for (const [mode, settings] of waysOf(target))
      try {
        const list = checkAllowList(make(), LAB_RANGES);
        const files = renderRules(target, list, { mode, settings, toolVersion: '0.1.0', ...extra });
        out.push(...files.map((file) => file.content));
        expect(ORACLES[target.id]?.(files) ?? []).toEqual([]);
      } catch (error) {
        expect(error, `${target.id}: ${String(error)}`).toBeInstanceOf(UsageError);
      }
  return out;
}

describe('hostile input', () => {
  test.each(PAYLOADS)('the name %j is refused by every target', (name) => {
    expect(everywhere(() => list([host(name, ['198.51.100.2'])]))).toEqual([]);
  });

  test.each(BAD_ADDRESSES)('the address %j is refused by every target', (text) => {
    expect(everywhere(() => list([host('app.netdata.cloud', [text])]))).toEqual([]);
  });

  test('any name, address, user or resolver yields an error or plain text', () => {
    fc.assert(
      fc.property(hostile, address, hostile, address, (name, text, user, resolver) => {
        everywhere(() => list([host(name, [text])], { resolvers: [resolver] }), { user });
        everywhere(() => list([host('app.netdata.cloud', [text])]));
      }),
      { numRuns: 60 },
    );
  });

  test('foreign text in sources and reasons stays inside its line and its quotes', () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 4 }), (texts) => {
        const evil = texts.join(' ');
        const make = (source: string): AllowList => {
          const base = host('app.netdata.cloud', ['198.51.100.2', '2001:db8::2']);
          return list([{ ...base, addresses: base.addresses.map((row) => ({ ...row, source })) }], {
            rejected: [{ fqdn: evil, address: evil, reason: evil }],
          });
        };
        const lines = (texts_: string[]): number => texts_.join('').split('\n').length;
        // JSON escapes foreign text instead of reducing it, in the same number of lines.
        const harmless = { ...make('192.0.2.53'), rejected: [{ fqdn: 'a', address: 'b', reason: 'c' }] };
        expect(lines(everywhere(() => make(evil)))).toBe(lines(everywhere(() => harmless)));
      }),
      { numRuns: 25 },
    );
  });

  test('the builder turns bad answers into reasons', () => {
    fc.assert(
      fc.property(fc.array(address, { maxLength: 10 }), (addresses) => {
        const answers = addresses.map((text) => ({
          fqdn: 'app.netdata.cloud',
          address: text,
          ttl: 60,
          source: 'x',
          firstSeen: NOW,
          lastSeen: NOW,
          proven: false,
        }));
        const hosts = [{ fqdn: 'app.netdata.cloud', ports: [443], purpose: 'claim', required: true }] as const;
        const built = buildAllowList({ now: NOW, hosts, answers, resolvers: [], accepted: [], provenOnly: false });
        checkAllowList(built);
        expect(built.hosts[0]?.addresses.every((row) => row.cidr.endsWith(row.family === 4 ? '/32' : '/128'))).toBe(
          built.hosts[0]?.addresses.every(
            (row) => !addresses.some((text) => text.includes('/') && text.startsWith(row.cidr.split('/')[0] ?? '?')),
          ),
        );
      }),
    );
  });

  test('comments are one short line of a safe alphabet', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 3, max: 200 }), (text, max) => {
        const comment = safeComment(text, max);
        expect(comment.length).toBeLessThanOrEqual(max);
        expect(comment).toMatch(/^[\x20-\x7e]*$/);
        expect(comment).not.toMatch(/["'`\\$<>{};|&*!#%^~?]|--/);
      }),
    );
  });
});
