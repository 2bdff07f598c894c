import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate, type webcrypto } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoadedTrustStore } from '../../../src/model/planned.js';
import { certificateParts, subjectOf } from '../../../src/net/der.js';
import { createTrustSet, judgeChain, type JudgeOptions } from '../../../src/net/trust.js';
import { KeyUsageFlags, mint, newKeys, type Minted, type Wish } from '../../helpers/net/certificates.js';

const DAY = 24 * 3600 * 1000;
const PAST = { notBefore: new Date(Date.now() - 90 * DAY), notAfter: new Date(Date.now() - 10 * DAY) };
const FUTURE = { notBefore: new Date(Date.now() + 10 * DAY), notAfter: new Date(Date.now() + 90 * DAY) };

/** OpenSSL's numbers (x509_vfy.h) by our names. */
const NUMBERS: Readonly<Record<number, string>> = {
  2: 'UNABLE_TO_GET_ISSUER_CERT',
  7: 'CERT_SIGNATURE_FAILURE',
  9: 'CERT_NOT_YET_VALID',
  10: 'CERT_HAS_EXPIRED',
  18: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  19: 'SELF_SIGNED_CERT_IN_CHAIN',
  20: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  21: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  22: 'CERT_CHAIN_TOO_LONG',
  79: 'INVALID_CA',
  25: 'OTHER',
  26: 'INVALID_PURPOSE',
  32: 'OTHER',
  66: 'EE_KEY_TOO_SMALL',
  67: 'CA_KEY_TOO_SMALL',
  68: 'CA_MD_TOO_WEAK',
};

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

interface Chain {
  readonly leaf: Minted;
  readonly extra: readonly Minted[];
  readonly roots: readonly Minted[];
}

function storeOf(roots: readonly Minted[], id = 'link'): LoadedTrustStore {
  return {
    facts: { id, title: id, paths: [], certificates: roots.length, problem: null, observation: null },
    certificates: roots.map(({ pem }) => pem),
  };
}

function judge({ leaf, extra, roots }: Chain, options: JudgeOptions = {}) {
  const chain = [leaf, ...extra].map(({ pem }) => new X509Certificate(pem));
  return judgeChain(chain, storeOf(roots), new Date(), options);
}

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'trust-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** First error and its depth by `openssl verify`, or null when it is content. */
function oracle({ leaf, extra, roots }: Chain, { partialChain, securityLevel = 2 }: JudgeOptions = {}) {
  const file = (name: string, list: readonly Minted[]): string => {
    const at = path.join(dir, name);
    writeFileSync(at, list.map(({ pem }) => pem).join(''));
    return at;
  };
  const run = spawnSync(
    'openssl',
    [
      'verify',
      '-no-CApath',
      '-no-CAstore',
      ...(roots.length > 0 ? ['-CAfile', file('roots.pem', roots)] : ['-no-CAfile']),
      ...(extra.length > 0 ? ['-untrusted', file('extra.pem', extra)] : []),
      '-purpose',
      'sslserver',
      '-auth_level',
      String(securityLevel),
      ...(partialChain === true ? ['-partial_chain'] : []),
      file('leaf.pem', [leaf]),
    ],
    { encoding: 'utf8' },
  );
  if (run.status === 0) return null;
  const first = /error (\d+) at (\d+) depth lookup/.exec(run.stdout + run.stderr);
  if (first === null) throw new Error(`openssl said: ${run.stdout}${run.stderr}`);
  return { error: NUMBERS[Number(first[1])] ?? `error ${first[1] ?? ''}`, depth: Number(first[2]) };
}

const ca = (subject: string, wish: Partial<Wish> = {}): Promise<Minted> => mint({ subject, ca: true, ...wish });
const leafOf = (issuer: Minted, wish: Partial<Wish> = {}): Promise<Minted> =>
  mint({ subject: 'CN=leaf', issuer, names: ['app.example.test'], ...wish });

type Case = readonly [name: string, make: () => Promise<Chain>, first: string | null, options?: JudgeOptions];

const CASES: readonly Case[] = [
  [
    'a good chain',
    async () => {
      const root = await ca('CN=Root');
      const middle = await ca('CN=Middle', { issuer: root });
      return { leaf: await leafOf(middle), extra: [middle], roots: [root] };
    },
    null,
  ],
  [
    'a good chain that also carries its root, in the wrong order, among strangers',
    async () => {
      const root = await ca('CN=Root');
      const middle = await ca('CN=Middle', { issuer: root });
      return { leaf: await leafOf(middle), extra: [root, await ca('CN=Stranger'), middle], roots: [root] };
    },
    null,
  ],
  [
    'an expired leaf',
    async () => {
      const root = await ca('CN=Root');
      return { leaf: await leafOf(root, PAST), extra: [], roots: [root] };
    },
    'CERT_HAS_EXPIRED',
  ],
  [
    'a leaf that is not valid yet',
    async () => {
      const root = await ca('CN=Root');
      return { leaf: await leafOf(root, FUTURE), extra: [], roots: [root] };
    },
    'CERT_NOT_YET_VALID',
  ],
  [
    'an expired intermediate',
    async () => {
      const root = await ca('CN=Root');
      const middle = await ca('CN=Middle', { issuer: root, ...PAST });
      return { leaf: await leafOf(middle), extra: [middle], roots: [root] };
    },
    'CERT_HAS_EXPIRED',
  ],
  [
    'an expired root',
    async () => {
      const root = await ca('CN=Root', PAST);
      return { leaf: await leafOf(root), extra: [], roots: [root] };
    },
    'CERT_HAS_EXPIRED',
  ],
  [
    'everything expired, seen from an empty store',
    async () => {
      const root = await ca('CN=Root', PAST);
      const middle = await ca('CN=Middle', { issuer: root, ...PAST });
      return { leaf: await leafOf(middle, PAST), extra: [middle], roots: [] };
    },
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  ],
  [
    'a missing intermediate',
    async () => {
      const root = await ca('CN=Root');
      const middle = await ca('CN=Middle', { issuer: root });
      return { leaf: await leafOf(middle), extra: [], roots: [root] };
    },
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  ],
  [
    'an unknown root that is not sent',
    async () => {
      const root = await ca('CN=Unknown root');
      const middle = await ca('CN=Middle', { issuer: root });
      return { leaf: await leafOf(middle), extra: [middle], roots: [await ca('CN=Root')] };
    },
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  ],
  [
    'a self-signed leaf',
    async () => ({ leaf: await mint({ subject: 'CN=leaf' }), extra: [], roots: [await ca('CN=Root')] }),
    'DEPTH_ZERO_SELF_SIGNED_CERT',
  ],
  [
    'a self-signed leaf that is in the store',
    async () => {
      const leaf = await mint({ subject: 'CN=leaf' });
      return { leaf, extra: [], roots: [leaf] };
    },
    null,
  ],
  [
    'a self-signed leaf whose double is in the store',
    async () => ({
      leaf: await mint({ subject: 'CN=leaf', withoutKeyIds: true }),
      extra: [],
      roots: [await mint({ subject: 'CN=leaf', withoutKeyIds: true })],
    }),
    'DEPTH_ZERO_SELF_SIGNED_CERT',
  ],
  [
    'a self-signed root in the chain that nobody knows',
    async () => {
      const root = await ca('CN=Inspector');
      return { leaf: await leafOf(root), extra: [root], roots: [await ca('CN=Root')] };
    },
    'SELF_SIGNED_CERT_IN_CHAIN',
  ],
  [
    'a root of the same name with another key',
    async () => {
      const real = await ca('CN=Root', { withoutKeyIds: true });
      const fake = await ca('CN=Root', { withoutKeyIds: true });
      return { leaf: await leafOf(fake, { withoutKeyIds: true }), extra: [], roots: [real] };
    },
    'CERT_SIGNATURE_FAILURE',
  ],
  [
    'a root of the same name with another key identifier',
    async () => ({ leaf: await leafOf(await ca('CN=Root')), extra: [], roots: [await ca('CN=Root')] }),
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  ],
  [
    'an issuer that says CA:false',
    async () => {
      const root = await ca('CN=Root');
      const middle = await mint({ subject: 'CN=Middle', issuer: root, ca: false });
      return { leaf: await leafOf(middle), extra: [middle], roots: [root] };
    },
    'INVALID_CA',
  ],
  [
    'an issuer that does not say whether it is a CA',
    async () => {
      const root = await ca('CN=Root');
      const middle = await mint({ subject: 'CN=Middle', issuer: root, ca: 'not_stated' });
      return { leaf: await leafOf(middle), extra: [middle], roots: [root] };
    },
    'INVALID_CA',
  ],
  [
    'an issuer that may not sign certificates',
    async () => {
      const root = await ca('CN=Root');
      const middle = await ca('CN=Middle', { issuer: root, keyUsage: KeyUsageFlags.digitalSignature });
      return { leaf: await leafOf(middle), extra: [middle], roots: [root] };
    },
    'INVALID_CA',
  ],
  [
    'an issuer without basic constraints whose key usage allows signing',
    async () => {
      const root = await ca('CN=Root');
      const middle = await mint({
        subject: 'CN=Middle',
        issuer: root,
        ca: 'not_stated',
        keyUsage: KeyUsageFlags.keyCertSign,
      });
      return { leaf: await leafOf(middle), extra: [middle], roots: [root] };
    },
    'INVALID_CA',
  ],
  [
    'a root without basic constraints whose key usage allows signing',
    async () => {
      const root = await mint({ subject: 'CN=Root', ca: 'not_stated', keyUsage: KeyUsageFlags.keyCertSign });
      return { leaf: await leafOf(root), extra: [], roots: [root] };
    },
    null,
  ],
  [
    'a path longer than an issuer allows',
    async () => {
      const root = await ca('CN=Root');
      const top = await ca('CN=Top', { issuer: root, pathLength: 0 });
      const middle = await ca('CN=Middle', { issuer: top });
      return { leaf: await leafOf(middle), extra: [middle, top], roots: [root] };
    },
    'OTHER',
  ],
  [
    'a leaf for clients only',
    async () => {
      const root = await ca('CN=Root');
      return { leaf: await leafOf(root, { purposes: ['1.3.6.1.5.5.7.3.2'] }), extra: [], roots: [root] };
    },
    'INVALID_PURPOSE',
  ],
  [
    'a leaf for servers and clients',
    async () => {
      const root = await ca('CN=Root');
      const purposes = ['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1'];
      return { leaf: await leafOf(root, { purposes }), extra: [], roots: [root] };
    },
    null,
  ],
  [
    'a leaf whose key may only sign certificates',
    async () => {
      const root = await ca('CN=Root');
      return { leaf: await leafOf(root, { keyUsage: KeyUsageFlags.keyCertSign }), extra: [], roots: [root] };
    },
    'INVALID_PURPOSE',
  ],
  [
    'an issuer for clients only',
    async () => {
      const root = await ca('CN=Root');
      const middle = await ca('CN=Middle', { issuer: root, purposes: ['1.3.6.1.5.5.7.3.2'] });
      return { leaf: await leafOf(middle), extra: [middle], roots: [root] };
    },
    'INVALID_PURPOSE',
  ],
  [
    'a cross-signed intermediate: one path ends in an unknown root, the other in a known one',
    async () => {
      const known = await ca('CN=Known');
      const unknown = await ca('CN=Unknown');
      const keys = await newKeys();
      const byUnknown = await ca('CN=Middle', { issuer: unknown, keys });
      const byKnown = await ca('CN=Middle', { issuer: known, keys });
      return { leaf: await leafOf(byUnknown), extra: [byUnknown, byKnown], roots: [known] };
    },
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  ],
  [
    'a cross-signed root: sent below an expired one, known by itself',
    async () => {
      const old = await ca('CN=Old', PAST);
      const keys = await newKeys();
      const cross = await ca('CN=New', { issuer: old, keys });
      const root = await ca('CN=New', { keys });
      const middle = await ca('CN=Middle', { issuer: root });
      return { leaf: await leafOf(middle), extra: [middle, cross], roots: [old, root] };
    },
    null,
  ],
  [
    'two roots of one name and key, the expired one first in the store',
    async () => {
      const keys = await newKeys();
      const expired = await ca('CN=Root', { keys, ...PAST });
      const fresh = await ca('CN=Root', { keys });
      return { leaf: await leafOf(fresh), extra: [], roots: [expired, fresh] };
    },
    null,
  ],
  [
    'an intermediate alone in the store does not end a chain',
    async () => {
      const root = await ca('CN=Root');
      const middle = await ca('CN=Middle', { issuer: root });
      return { leaf: await leafOf(middle), extra: [], roots: [middle] };
    },
    'UNABLE_TO_GET_ISSUER_CERT',
  ],
  [
    'an intermediate alone in the store ends it where partial chains are allowed',
    async () => {
      const root = await ca('CN=Root');
      const middle = await ca('CN=Middle', { issuer: root });
      return { leaf: await leafOf(middle), extra: [], roots: [middle] };
    },
    null,
    { partialChain: true },
  ],
  [
    'a leaf alone in the store',
    async () => {
      const leaf = await leafOf(await ca('CN=Root'));
      return { leaf, extra: [], roots: [leaf] };
    },
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  ],
  [
    'a leaf alone in the store where partial chains are allowed',
    async () => {
      const leaf = await leafOf(await ca('CN=Root'));
      return { leaf, extra: [], roots: [leaf] };
    },
    null,
    { partialChain: true },
  ],
  [
    'an RSA leaf of 1024 bits',
    async () => {
      const root = await ca('CN=Root');
      return { leaf: await leafOf(root, { rsaBits: 1024 }), extra: [], roots: [root] };
    },
    'EE_KEY_TOO_SMALL',
  ],
  [
    'an RSA leaf of 1024 bits at security level 1',
    async () => {
      const root = await ca('CN=Root');
      return { leaf: await leafOf(root, { rsaBits: 1024 }), extra: [], roots: [root] };
    },
    null,
    { securityLevel: 1 },
  ],
  [
    'an RSA issuer of 1024 bits',
    async () => {
      const root = await ca('CN=Root', { rsaBits: 1024 });
      return { leaf: await leafOf(root), extra: [], roots: [root] };
    },
    'CA_KEY_TOO_SMALL',
  ],
  [
    'a leaf signed with SHA-1',
    async () => {
      const root = await ca('CN=Root');
      return { leaf: await leafOf(root, { hash: 'SHA-1' }), extra: [], roots: [root] };
    },
    'CA_MD_TOO_WEAK',
  ],
];

describe('judgeChain', () => {
  for (const [name, make, first, options] of CASES) {
    it(`${name}: ${first ?? 'trusted'}${hasOpenssl ? ', as openssl verify says' : ''}`, async () => {
      const chain = await make();
      const judged = judge(chain, options);
      expect(judged.errors[0] ?? null).toBe(first);
      expect(judged.trusted).toBe(first === null);
      if (hasOpenssl) {
        expect(oracle(chain, options)).toEqual(first === null ? null : { error: first, depth: judged.depth });
      }
    });
  }

  it('says every error, the first one first', async () => {
    const root = await ca('CN=Root', PAST);
    const judged = judge({ leaf: await leafOf(root, FUTURE), extra: [root], roots: [] });
    expect(judged).toEqual({
      storeId: 'link',
      trusted: false,
      errors: ['SELF_SIGNED_CERT_IN_CHAIN', 'CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'],
      depth: 1,
    });
  });

  it('judges at the time given', async () => {
    const root = await ca('CN=Root');
    const leaf = await leafOf(root);
    const chain = [new X509Certificate(leaf.pem)];
    expect(judgeChain(chain, storeOf([root]), new Date(Date.now() + 60 * DAY)).errors).toEqual(['CERT_HAS_EXPIRED']);
    expect(judgeChain(chain, storeOf([root]), new Date(Date.now() - 60 * DAY)).errors).toEqual(['CERT_NOT_YET_VALID']);
  });

  it('reports an empty chain and survives a broken store', async () => {
    const root = await ca('CN=Root');
    expect(judgeChain([], storeOf([root]), new Date()).trusted).toBe(false);
    const broken: LoadedTrustStore = {
      ...storeOf([]),
      certificates: ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', ''],
    };
    expect(judgeChain([new X509Certificate(root.pem)], broken, new Date()).errors[0]).toBe(
      'DEPTH_ZERO_SELF_SIGNED_CERT',
    );
  });

  it.skipIf(!hasOpenssl)('agrees with openssl verify on random chains', async () => {
    const names = ['CN=A', 'CN=B', 'CN=C'];
    const keys = await Promise.all(names.map(() => newKeys()));
    const node = fc.record({
      subject: fc.nat(2),
      issuer: fc.nat(2),
      when: fc.constantFrom({}, {}, {}, PAST, FUTURE),
      ca: fc.constantFrom(true, true, true, false, 'not_stated' as const),
      withoutKeyIds: fc.boolean(),
      trusted: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(node, { minLength: 1, maxLength: 5 }), fc.boolean(), async (nodes, partialChain) => {
        const minted = await Promise.all(
          nodes.map(async ({ subject, issuer, when, ca: isCa, withoutKeyIds }) => {
            const own = keys[subject] as webcrypto.CryptoKeyPair;
            const by = await mint({
              subject: names[issuer] ?? '',
              keys: keys[issuer] as webcrypto.CryptoKeyPair,
              ca: true,
            });
            return mint({
              subject: names[subject] ?? '',
              keys: own,
              ca: isCa,
              withoutKeyIds,
              ...when,
              ...(subject === issuer ? {} : { issuer: by }),
            });
          }),
        );
        const leaf = await leafOf(minted[0] as Minted);
        const chain: Chain = {
          leaf,
          extra: minted.filter((_one, i) => nodes[i]?.trusted !== true),
          roots: minted.filter((_one, i) => nodes[i]?.trusted === true),
        };
        const judged = judge(chain, { partialChain });
        const expected = oracle(chain, { partialChain });
        expect(judged.trusted ? null : { error: judged.errors[0], depth: judged.depth }).toEqual(expected);
      }),
      { numRuns: Number(process.env['TRUST_RUNS'] ?? 8) },
    );
  });
});

describe('createTrustSet', () => {
  it('judges against every store, the primary one first, and lets only libcurl stores end in an intermediate', async () => {
    const root = await ca('CN=Root');
    const middle = await ca('CN=Middle', { issuer: root });
    const chain = [new X509Certificate((await leafOf(middle)).pem)];
    const set = createTrustSet([storeOf([middle], 'claim'), storeOf([middle], 'link'), storeOf([], 'mozilla')], 'link');
    expect(set.judge(chain, new Date()).map(({ storeId, trusted }) => [storeId, trusted])).toEqual([
      ['link', false],
      ['claim', true],
      ['mozilla', false],
    ]);
  });
});

describe('certificateParts', () => {
  it('reads null, and never throws, from anything that is no certificate', async () => {
    const { raw } = new X509Certificate((await ca('CN=Root')).pem);
    expect(certificateParts(raw)?.basicConstraints?.ca).toBe(true);
    expect(subjectOf(raw)).toBe(certificateParts(raw)?.subject);
    fc.assert(
      fc.property(fc.nat(raw.length - 1), fc.nat(255), fc.nat(raw.length), (at, value, cut) => {
        const bytes = Buffer.from(raw.subarray(0, cut));
        if (at < bytes.length) bytes[at] = value;
        certificateParts(bytes);
        subjectOf(bytes);
      }),
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void certificateParts(Buffer.from(bytes))));
  });

  it.skipIf(!hasOpenssl)('takes names for equal that differ in case, spaces and string type only', () => {
    const make = (type: string, name: string): X509Certificate => {
      const config = `[req]\ndistinguished_name=dn\nprompt=no\nstring_mask=${type}\n[dn]\nO=${name}\n`;
      writeFileSync(path.join(dir, 'req.cnf'), config);
      const pem = execFileSync(
        'openssl',
        [
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:P-256',
          '-nodes',
          '-days',
          '1',
          '-keyout',
          path.join(dir, 'k.pem'),
          '-config',
          path.join(dir, 'req.cnf'),
        ],
        { stdio: ['ignore', 'pipe', 'ignore'] },
      );
      return new X509Certificate(pem);
    };
    const [one, two, other] = [make('utf8only', 'My  Root'), make('default', 'my root'), make('utf8only', 'My Rooot')];
    const subject = (certificate: X509Certificate): string | undefined => certificateParts(certificate.raw)?.subject;
    expect(subject(one)).toBe(subject(two));
    expect(subject(one)).not.toBe(subject(other));
  });
});
