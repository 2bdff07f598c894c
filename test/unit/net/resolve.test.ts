import { describe, expect, it } from 'vitest';
import { resolveOs, type Lookup } from '../../../src/net/resolve.js';
import { LABEL, observed, testContext } from '../../helpers/net/context.js';

const answering =
  (...addresses: string[]): Lookup =>
  (_name, _options, callback) => {
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };

describe('resolveOs', () => {
  it('keeps the order of the resolver and drops repetitions', async () => {
    const ctx = testContext();
    const found = await observed(ctx, 400, () =>
      resolveOs(ctx, LABEL, 'a.test', answering('::2', '192.0.2.1', '::2', '::1')),
    );
    expect(found.addresses).toEqual([
      { address: '::2', family: 6 },
      { address: '192.0.2.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
    expect(found.failure).toBeNull();
  });

  it('answers address literals at once, without a resolver', async () => {
    const ctx = testContext();
    const never: Lookup = () => undefined;
    for (const [literal, family] of [
      ['192.0.2.7', 4],
      ['2001:db8::7', 6],
    ] as const) {
      const found = await observed(ctx, 50, () => resolveOs(ctx, LABEL, literal, never));
      expect(found.addresses).toEqual([{ address: literal, family }]);
    }
  });

  it('never asks anybody for a name that is reserved not to exist', async () => {
    const ctx = testContext();
    const never: Lookup = () => {
      throw new Error('asked');
    };
    const found = await observed(ctx, 50, () => resolveOs(ctx, LABEL, 'unusable-proxy.invalid', never));
    expect(found).toMatchObject({ addresses: [], failure: { kind: 'dns_nxdomain_error', rawCode: null } });
  });

  it('ends by its deadline although the resolver stays silent', async () => {
    const ctx = testContext(120);
    const found = await observed(ctx, 120, () => resolveOs(ctx, LABEL, 'silent.test', () => undefined));
    expect(found.failure).toMatchObject({ kind: 'generic_timeout_error', operation: 'resolve' });
    expect(found.tMs - found.t0Ms).toBeGreaterThanOrEqual(115);
  });

  it('ends at once when the run is interrupted', async () => {
    const ctx = testContext(5000);
    setTimeout(ctx.abort, 30);
    const found = await observed(ctx, 50, () => resolveOs(ctx, LABEL, 'silent.test', () => undefined));
    expect(found.failure?.kind).toBe('interrupted');
  });

  it.each([
    ['ENOTFOUND', 'dns_no_answer'],
    ['EAI_AGAIN', 'dns_temporary_failure'],
    ['EAI_FAIL', 'dns_non_recoverable_failure'],
  ])('reports %s as %s with the code kept', async (code, kind) => {
    const ctx = testContext();
    const failing: Lookup = (_name, _options, callback) => {
      callback(Object.assign(new Error(`getaddrinfo ${code}`), { code, syscall: 'getaddrinfo' }), []);
    };
    const found = await observed(ctx, 400, () => resolveOs(ctx, LABEL, 'x.test', failing));
    expect(found.failure).toMatchObject({ kind, rawCode: code });
    expect(found.addresses).toEqual([]);
  });

  it('takes an empty answer for no answer, and a throwing resolver for a failure', async () => {
    const ctx = testContext();
    expect((await resolveOs(ctx, LABEL, 'x.test', answering())).failure?.kind).toBe('dns_no_answer');
    const throwing: Lookup = () => {
      throw new Error('broken');
    };
    expect((await resolveOs(ctx, LABEL, 'x.test', throwing)).failure?.kind).toBe('unknown_failure');
  });

  it('asks the real resolver of the system', async () => {
    const ctx = testContext(2000);
    const found = await observed(ctx, 2000, () => resolveOs(ctx, LABEL, 'localhost'));
    expect(found.addresses.length).toBeGreaterThan(0);
    for (const { address } of found.addresses) expect(['127.0.0.1', '::1']).toContain(address);
  });

  it('does not begin when nothing is left of the run', async () => {
    const ctx = testContext(1);
    let asked = false;
    const found = await resolveOs(ctx, LABEL, 'x.test', () => {
      asked = true;
    });
    expect(found.failure?.kind).toBe('interrupted');
    expect(asked).toBe(false);
  });
});
