/** The trust stores of a run: one handshake is judged against all of them afterwards (docs/reference/agent.md#tls). */
import type { X509Certificate } from 'node:crypto';
import type { TrustJudgement } from '../model/observation.js';
import type { LoadedTrustStore } from '../model/planned.js';
import { judgeChain } from './chain.js';

export { judgeChain, type JudgeOptions } from './chain.js';

export interface TrustSet {
  /** The store that a handshake is held against first. */
  readonly primaryStoreId: string;
  readonly storeIds: readonly string[];
  /** One judgement per store, the primary one's first. */
  judge(chain: readonly X509Certificate[], at: Date): readonly TrustJudgement[];
}

/** Stores that only libcurl reads: it accepts a chain that ends in any trusted certificate (since 7.68). */
const LIBCURL_STORES: ReadonlySet<string> = new Set(['claim', 'trusted_pem']);

/** Nothing is parsed before the first judgement, and then only the certificates that a chain asks for. */
export function createTrustSet(stores: readonly LoadedTrustStore[], primaryStoreId: string): TrustSet {
  const ordered = [...stores].sort(
    (a, b) => Number(b.facts.id === primaryStoreId) - Number(a.facts.id === primaryStoreId),
  );
  return {
    primaryStoreId,
    storeIds: ordered.map((store) => store.facts.id),
    judge: (chain, at) =>
      ordered.map((store) => judgeChain(chain, store, at, { partialChain: LIBCURL_STORES.has(store.facts.id) })),
  };
}
