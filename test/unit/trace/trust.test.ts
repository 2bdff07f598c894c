/** Whose word on a certificate counts. */
import { describe, expect, it } from 'vitest';
import type { X509Error } from '../../../src/model/observation.js';
import {
  acceptedBy,
  errorsFor,
  hasChain,
  isAcceptedByAll,
  isGenuine,
  issuerNames,
  onlyDatesWrong,
  publiclyTrusted,
  storesTrusting,
  trustedBy,
} from '../../../src/trace/trust.js';
import { certificate } from '../../helpers/observations.js';
import { failure, observation } from './seen.js';

const judged = (storeId: string, ...errors: readonly X509Error[]) => ({
  storeId,
  trusted: errors.length === 0,
  errors,
  depth: errors.length === 0 ? null : 0,
});
const tls = (over: object = {}) =>
  observation('tls_handshake', { chain: [certificate()], nameMatches: true, judgements: [], ...over });

const BAD = 'SELF_SIGNED_CERT_IN_CHAIN';
const leg = { insecure: false, checksName: true, trustStoreId: 'link' } as const;

describe('a chain', () => {
  it('is there once a handshake is done and showed one', () => {
    expect([
      hasChain(tls()),
      hasChain(tls({ chain: [] })),
      hasChain(tls({ failure: failure('ssl_alert') })),
      hasChain(null),
    ]).toEqual([true, false, false, false]);
  });

  it.each([
    [[], null],
    [[judged('claim', BAD)], false],
    [[judged('claim', BAD), judged('link')], true],
    [[judged('link'), judged('system', BAD)], false],
    [[judged('system', BAD), judged('mozilla')], true],
    [[judged('other')], null],
  ] as const)('is publicly trusted by the word of the best store (row %#)', (judgements, word) => {
    expect(publiclyTrusted(tls({ judgements }))).toBe(word);
    expect(isGenuine(tls({ judgements }))).toBe(word === true);
    expect(isGenuine(tls({ judgements, nameMatches: false }))).toBe(false);
    expect(isGenuine(tls({ judgements, nameMatches: null }))).toBe(false);
  });

  it('is judged by no store that was not asked', () => {
    expect(trustedBy(tls({ judgements: [judged('link')] }), 'claim')).toBeNull();
  });
});

describe('whether a leg goes on', () => {
  it.each([
    [{}, [], true, null],
    [{}, [judged('link')], true, true],
    [{}, [judged('link')], false, false],
    [{}, [judged('link')], null, null],
    [{}, [judged('link', BAD)], true, false],
    [{ checksName: false }, [judged('link')], false, true],
    [{ checksName: false }, [judged('link', BAD)], true, false],
    [{ insecure: true }, [judged('link', BAD)], false, true],
  ] as const)('%j (row %#)', (over, judgements, nameMatches, goes) => {
    expect(acceptedBy(tls({ judgements, nameMatches }), { ...leg, ...over })).toBe(goes);
  });

  it('is asked of every leg', () => {
    const legs = [leg, { ...leg, trustStoreId: 'claim' }] as never;
    expect(isAcceptedByAll(tls({ judgements: [judged('link'), judged('claim')] }), legs)).toBe(true);
    expect(isAcceptedByAll(tls({ judgements: [judged('link'), judged('claim', BAD)] }), legs)).toBe(false);
    expect(isAcceptedByAll(tls({ judgements: [judged('link'), judged('claim')], nameMatches: null }), legs)).toBe(
      false,
    );
    expect(isAcceptedByAll(null, legs)).toBe(false);
  });
});

describe('what is wrong', () => {
  it('is said by the own store, else by the best that was asked, else by any', () => {
    const judgements = [judged('odd', 'CERT_HAS_EXPIRED'), judged('link', BAD), judged('system', 'CERT_NOT_YET_VALID')];
    expect(errorsFor(tls({ judgements }), 'link')).toEqual([BAD]);
    expect(errorsFor(tls({ judgements }), 'claim')).toEqual(['CERT_NOT_YET_VALID']);
    expect(errorsFor(tls({ judgements: judgements.slice(0, 1) }), null)).toEqual(['CERT_HAS_EXPIRED']);
    expect(errorsFor(tls(), 'link')).toEqual([]);
  });

  it.each([
    [[], false],
    [[judged('link')], false],
    [[judged('link', BAD)], false],
    [[judged('link', 'CERT_HAS_EXPIRED')], true],
    [[judged('link', 'CERT_NOT_YET_VALID')], true],
    [[judged('link', 'CERT_HAS_EXPIRED', BAD)], false],
    [[judged('link', BAD), judged('claim', 'CERT_HAS_EXPIRED')], true],
  ] as const)('is nothing but dates by at least one store (row %#)', (judgements, dates) => {
    expect(onlyDatesWrong(tls({ judgements }))).toBe(dates);
  });

  it('names who accepts, and who signed', () => {
    expect(storesTrusting(tls({ judgements: [judged('link'), judged('claim', BAD)] }))).toEqual(['link']);
    const chain = [
      certificate({ subject: 'CN=leaf', issuer: 'CN=mid' }),
      certificate({ subject: 'CN=mid', issuer: 'CN=root' }),
    ];
    expect(issuerNames(tls({ chain }))).toEqual(['CN=mid', 'CN=root']);
    expect(issuerNames(tls({ chain: [] }))).toEqual([]);
  });
});
