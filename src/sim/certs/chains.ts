/** The certificate chains that the simulation can serve, by what is right or wrong with them. */
import * as fixtures from './fixtures.js';

/** Chains as sent, leaf first (PEM). Every leaf has the same, public key. */
const CHAINS = {
  good: fixtures.GOOD,
  incomplete: fixtures.INCOMPLETE,
  wrong_name: fixtures.WRONG_NAME,
  expired: fixtures.EXPIRED,
  not_yet_valid: fixtures.NOT_YET_VALID,
  untrusted: fixtures.UNTRUSTED,
  untrusted_with_root: fixtures.UNTRUSTED_WITH_ROOT,
  self_signed: fixtures.SELF_SIGNED,
  fortinet: fixtures.FORTINET,
  zscaler: fixtures.ZSCALER,
  corporate: fixtures.CORPORATE,
  hostile: fixtures.HOSTILE,
} as const;

export type ChainName = keyof typeof CHAINS;

export interface ServedCertificate {
  /** PEM, leaf first. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
}

export function servedChain(name: ChainName): ServedCertificate {
  return { cert: CHAINS[name], key: fixtures.LEAF_KEY };
}

/** Root of the healthy chains (PEM). */
export const CLOUD_ROOT_PEM = fixtures.ROOT;

/** Roots of the inspecting middleboxes (`fortinet`, `zscaler`, `corporate`) as one bundle (PEM). */
export const INTERCEPTOR_ROOTS_PEM = fixtures.FORTINET_ROOT + fixtures.ZSCALER_ROOT + fixtures.CORPORATE_ROOT;
