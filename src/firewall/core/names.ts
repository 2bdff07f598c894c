/** Names of everything we create, in one place: uninstall and drift detection go by these alone. */

/** Stands in every rule, set, table, file and comment of ours. */
export const MARKER = 'nd-allow';

export const NFT_TABLE = 'nd_allow';
/** Chain, sets and table for forwarded packets: another stem, so that uninstalling one part leaves the other. */
export const NFT_FORWARD = 'nd_fwd';
export const IPT_CHAIN = 'ND-ALLOW';
export const IPT_CHAIN_IN = 'ND-ALLOW-IN';
/** Accepts for what containers send, entered from DOCKER-USER. */
export const IPT_CHAIN_FORWARD = 'ND-ALLOW-FWD';
export const IPT_CHAIN_ENFORCE = 'ND-ALLOW-OUT';

/** Comment of a table that iptables-nft would have made without a word: it goes when we go. */
export const MADE_TABLE = `${MARKER} made`;
