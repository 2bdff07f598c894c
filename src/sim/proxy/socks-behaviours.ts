/** How SOCKS5 proxies answer (RFC 1928, RFC 1929): rightly, by policy, or wrongly (docs/reference/agent.md#socks5). */

export interface SocksPlan {
  /** Method byte for the greeting; bytes are sent as they are; null = silence; 'close' = FIN. */
  readonly method: number | Buffer | null | 'close';
  /** Status of RFC 1929 for right credentials is 0; this one is sent whatever was given. */
  readonly authStatus?: number;
  /** REP byte; default: whatever relaying gave. */
  readonly reply?: number | null | 'close';
  /** Form of the bound address in the reply. Default IPv4. */
  readonly bound?: 'ipv4' | 'ipv6' | 'domain' | 'unknown';
  /** The tunnel opens and nothing is relayed. */
  readonly dead?: boolean;
  /** Address types it takes: 1, 3, 4. Default all. */
  readonly addressTypes?: readonly number[];
}

export interface SocksProxyBehaviour {
  readonly id: string;
  readonly title: string;
  readonly plan: SocksPlan;
}

export const METHOD = { NONE: 0, GSSAPI: 1, PASSWORD: 2, UNACCEPTABLE: 0xff } as const;
export const REP = {
  OK: 0,
  GENERAL: 1,
  RULESET: 2,
  NETWORK_UNREACHABLE: 3,
  HOST_UNREACHABLE: 4,
  REFUSED: 5,
  TTL: 6,
  COMMAND: 7,
  ADDRESS_TYPE: 8,
} as const;

const REPLY_TITLES: readonly string[] = [
  'general failure',
  'not allowed by ruleset',
  'network unreachable',
  'host unreachable',
  'connection refused',
  'TTL expired',
  'command not supported',
  'address type not supported',
];

const REFUSALS: readonly SocksProxyBehaviour[] = REPLY_TITLES.map((title, index) => ({
  id: `rep_0${index + 1}`,
  title: `Refuses with ${title}`,
  plan: { method: METHOD.NONE, reply: index + 1 },
}));

export const SOCKS_PROXY_BEHAVIOURS: readonly SocksProxyBehaviour[] = [
  { id: 'ok', title: 'Relays everything', plan: { method: METHOD.NONE } },
  { id: 'auth', title: 'Relays with the right user and password', plan: { method: METHOD.PASSWORD } },
  {
    id: 'auth_rejected',
    title: 'Asks for user and password and rejects any',
    plan: { method: METHOD.PASSWORD, authStatus: 1 },
  },
  { id: 'no_method', title: 'Accepts no method', plan: { method: METHOD.UNACCEPTABLE } },
  { id: 'gssapi_only', title: 'Wants GSSAPI', plan: { method: METHOD.GSSAPI } },
  ...REFUSALS,
  { id: 'bound_domain', title: 'Answers with a bound name (healthy)', plan: { method: METHOD.NONE, bound: 'domain' } },
  {
    id: 'bound_ipv6',
    title: 'Answers with a bound IPv6 address (healthy)',
    plan: { method: METHOD.NONE, bound: 'ipv6' },
  },
  {
    id: 'bound_unknown',
    title: 'Answers with an unknown address type',
    plan: { method: METHOD.NONE, bound: 'unknown' },
  },
  { id: 'names_only', title: 'Refuses addresses, takes names', plan: { method: METHOD.NONE, addressTypes: [3] } },
  {
    id: 'addresses_only',
    title: 'Refuses names, takes addresses',
    plan: { method: METHOD.NONE, addressTypes: [1, 4] },
  },
  { id: 'silent', title: 'Never answers', plan: { method: null } },
  { id: 'closes', title: 'Closes after the greeting', plan: { method: 'close' } },
  { id: 'silent_reply', title: 'Never answers the request', plan: { method: METHOD.NONE, reply: null } },
  { id: 'closes_reply', title: 'Closes instead of a reply', plan: { method: METHOD.NONE, reply: 'close' } },
  {
    id: 'garbage',
    title: 'Answers as a web server',
    plan: { method: Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n') },
  },
  { id: 'version_4', title: 'Answers as SOCKS 4', plan: { method: Buffer.from([0, 91]) } },
  { id: 'tunnel_dead', title: 'Opens the tunnel and relays nothing', plan: { method: METHOD.NONE, dead: true } },
];
