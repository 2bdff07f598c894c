/**
 * What the documents for clouds and clusters let through, read with libraries of others, is exactly what the list
 * says: nothing widened, nothing dropped, whatever the names, addresses and ports.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { findTarget } from '../../../../src/firewall/registry.js';
import { checkAllowList, type RuleRequest } from '../../../../src/firewall/render.js';
import type { CheckedAllowList } from '../../../../src/firewall/core/target.js';
import type { RenderedFile } from '../../../../src/model/allow-list.js';
import { host, LAB_RANGES, list } from '../factory.js';
import { mixed, render } from './artefacts.js';
import { complaints } from '../../../oracles/registry.js';

/** Only what is asked for is typed. */
interface Any {
  readonly [key: string]: Any;
}
const rows = (value: Any | undefined): readonly Any[] => (value ?? []) as unknown as readonly Any[];
const text = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
const texts = (value: Any | undefined): readonly string[] => rows(value).map(text);

function documents(files: readonly RenderedFile[]): readonly Any[] {
  return files.flatMap((file) =>
    file.name.endsWith('.yaml')
      ? parseAllDocuments(file.content).map((document) => document.toJS() as Any)
      : file.name.endsWith('.json')
        ? [JSON.parse(file.content) as Any]
        : [],
  );
}

/** Each destination with each port. */
function pairs(destinations: readonly string[], ports: readonly string[]): string[] {
  return destinations.flatMap((destination) => ports.map((port) => `${destination} ${port}`));
}

/** `destination port` of everything that is let through, without DNS. */
const MEANING: Readonly<Record<string, (all: readonly Any[]) => string[]>> = {
  'network-policy': ([policy]) =>
    rows(policy?.['spec']?.['egress'])
      .filter((rule) => !texts(rows(rule['ports']).map((row) => row['protocol']) as unknown as Any).includes('UDP'))
      .flatMap((rule) =>
        pairs(
          rows(rule['to']).map((peer) => text(peer['ipBlock']?.['cidr'])),
          rows(rule['ports']).map((row) => text(row['port'])),
        ),
      ),
  cilium: ([policy]) =>
    rows(policy?.['spec']?.['egress'])
      .filter((rule) => rows(rule['toPorts'])[0]?.['rules'] === undefined)
      .flatMap((rule) =>
        pairs(
          rows(rule['toFQDNs']).map((row) => text(row['matchName'])),
          rows(rows(rule['toPorts'])[0]?.['ports']).map((row) => text(row['port'])),
        ),
      ),
  calico: (all) =>
    rows(all.at(-1)?.['spec']?.['egress']).flatMap((rule) => {
      const match = /^nd-allow == 'calico' && nd-allow-ports == '(.+)'$/.exec(text(rule['destination']?.['selector']));
      const set = all.find(
        (row) => match !== null && text(row['metadata']?.['labels']?.['nd-allow-ports']) === match[1],
      );
      return pairs(texts(set?.['spec']?.['nets']), texts(rule['destination']?.['ports']));
    }),
  istio: (all) =>
    all.flatMap((entry) =>
      pairs(
        texts(entry['spec']?.['hosts']),
        rows(entry['spec']?.['ports']).map((row) => text(row['number'])),
      ),
    ),
  'azure-nsg': ([template]) =>
    rows(template?.['resources']).flatMap(({ properties }) =>
      pairs(texts(properties?.['destinationAddressPrefixes']), texts(properties?.['destinationPortRanges'])),
    ),
  'azure-firewall': ([template]) =>
    rows(rows(rows(template?.['resources'])[0]?.['properties']?.['ruleCollections'])[0]?.['rules']).flatMap((rule) =>
      pairs(
        texts(rule['targetFqdns']),
        rows(rule['protocols']).map((row) => text(row['port'])),
      ),
    ),
  'gcp-fqdn': (all) =>
    all.flatMap((flags) =>
      pairs(
        texts(flags['--dest-fqdns']),
        texts(flags['--layer4-configs']).map((config) => config.replace(/^tcp:/, '')),
      ),
    ),
};

const label = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/);
const hosts = fc.array(
  fc.record({
    name: fc.tuple(label, label).map((labels) => `${labels.join('.')}.example`),
    ports: fc.uniqueArray(fc.constantFrom(80, 443, 8443, 8080, 19_999), { minLength: 1, maxLength: 3 }),
    addresses: fc.uniqueArray(
      fc.oneof(
        fc.integer({ min: 1, max: 30 }).map((last) => `198.51.100.${String(last)}`),
        fc.integer({ min: 1, max: 30 }).map((last) => `2001:db8::${last.toString(16)}`),
      ),
      { minLength: 1, maxLength: 6 },
    ),
  }),
  { minLength: 1, maxLength: 6 },
);

function wanted(of: CheckedAllowList, byNames: boolean): string[] {
  return of.hosts.flatMap((row) =>
    pairs(byNames ? [row.fqdn] : row.addresses.map((address) => address.cidr), row.ports.map(String)),
  );
}

describe.each(Object.keys(MEANING))('%s', (id) => {
  const target = findTarget(id);
  const byNames = target.capabilities.matches === 'names';
  const meaning = MEANING[id] ?? ((): string[] => []);

  test('lets through exactly what the list says', () => {
    fc.assert(
      fc.property(hosts, fc.constantFrom(...target.capabilities.modes), (made, mode) => {
        const of = checkAllowList(
          list(made.map((row) => host(row.name, row.addresses, { ports: row.ports }))),
          LAB_RANGES,
        );
        const files = render(target, of, { mode });
        expect(complaints(target.id, files)).toEqual([]);
        const found = meaning(documents(files)).filter((pair) => !pair.endsWith(' 53'));
        expect([...new Set(found)].sort()).toEqual([...new Set(wanted(of, byNames))].sort());
      }),
      { numRuns: 60 },
    );
  });

  test('a name or a port that was written in by hand is not in the header', () => {
    const files = render(target, mixed());
    const swap = (from: RegExp, to: string): number => {
      const body = (text: string): string => {
        const at = text.indexOf('---\n') === -1 ? 0 : text.indexOf('---\n');
        return text.slice(0, at) + text.slice(at).replaceAll(from, to);
      };
      const changed = files.map((file) =>
        /\.(?:yaml|json)$/.test(file.name) ? { ...file, content: body(file.content) } : file,
      );
      return changed.every((file, index) => file.content === files[index]?.content)
        ? -1
        : complaints(target.id, changed).length;
    };
    if (byNames) expect(swap(/app\.netdata\.cloud/g, 'evil.example.org')).toBeGreaterThan(0);
    expect(swap(/\b8443\b(?=[",\n])/g, '9443')).toBeGreaterThan(0);
    expect(swap(/nothing-like-it/g, '')).toBe(-1);
  });
});

test.each(['network-policy', 'cilium', 'calico', 'istio'])('%s: header and object tell one revision', (id) => {
  const target = findTarget(id);
  const files = render(target);
  const changed = files.map((file) => ({
    ...file,
    content: file.content.replace(/("nd-allow": "id=netdata-cloud rev=)[0-9a-f]{12}/, '$1000000000000'),
  }));
  expect(complaints(target.id, files)).toEqual([]);
  expect(complaints(target.id, changed)).toEqual([expect.stringContaining('revisions')]);
});

test('calico by names lets through exactly the names', () => {
  const request: Partial<RuleRequest> = { settings: { match: 'names' } };
  const files = render('calico', mixed(), request);
  const found = rows(documents(files)[0]?.['spec']?.['egress']).flatMap((rule) =>
    pairs(texts(rule['destination']?.['domains']), texts(rule['destination']?.['ports'])),
  );
  expect(new Set(found)).toEqual(new Set(wanted(mixed(), true)));
  const evil = files.map((file) => ({
    ...file,
    content: file.content.replace('- "app.netdata.cloud"', '- "evil.example.org"'),
  }));
  expect(complaints('calico', evil)).not.toEqual([]);
});
