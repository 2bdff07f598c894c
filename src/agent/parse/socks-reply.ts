import { refused, type Refused } from './result.js';

export type SocksRule =
  | 'socks.no_method'
  | 'socks.method_not_offered'
  | 'socks.auth_failed'
  | 'socks.incomplete'
  | 'socks.version'
  | 'socks.refused'
  | 'socks.address_type';

export type SocksExchange = { readonly ok: true } | Refused<SocksRule>;

/** The bytes of each answer in turn, latin1; null where the exchange did not get so far. */
export interface SocksAnswers {
  /** Two bytes: version, method (RFC 1928 §3). */
  readonly method: string | null;
  /** Two bytes: version, status (RFC 1929 §2). */
  readonly auth: string | null;
  /** Version, REP, RSV, ATYP, … (RFC 1928 §6). */
  readonly reply: string | null;
}

const NO_METHOD = 0xff;
const PASSWORD = 2;

/**
 * Reads a SOCKS5 exchange as the Agent does (docs/reference/agent.md#socks5). libcurl judges these answers alike; it
 * also offers GSSAPI, which is not expected to be chosen.
 *
 * @param withUser whether a user name was offered
 */
export function parseSocksExchange(answers: SocksAnswers, withUser: boolean): SocksExchange {
  const method = answers.method;
  if (method === null || method.length < 2) return refused('socks.incomplete', method);
  if (method.charCodeAt(0) !== 5) return refused('socks.version', method);
  const code = method.charCodeAt(1);
  if (code === NO_METHOD) return refused('socks.no_method', method);
  if (code !== 0 && !(code === PASSWORD && withUser)) return refused('socks.method_not_offered', method);
  if (code === PASSWORD) {
    const auth = answers.auth;
    if (auth === null || auth.length < 2) return refused('socks.incomplete', auth);
    if (auth.charCodeAt(0) !== 1 || auth.charCodeAt(1) !== 0) return refused('socks.auth_failed', auth);
  }
  return parseReply(answers.reply);
}

function parseReply(reply: string | null): SocksExchange {
  if (reply === null || reply.length < 2) return refused('socks.incomplete', reply);
  if (reply.charCodeAt(0) !== 5) return refused('socks.version', reply);
  const code = reply.charCodeAt(1);
  if (code !== 0) return refused('socks.refused', `REP=${code.toString(16).padStart(2, '0')}`);
  if (reply.length < 4) return refused('socks.incomplete', reply);
  const type = reply.charCodeAt(3);
  if (type !== 1 && type !== 3 && type !== 4) return refused('socks.address_type', `ATYP=${String(type)}`);
  const bound = type === 1 ? 4 : type === 4 ? 16 : 1 + (reply.length > 4 ? reply.charCodeAt(4) : 0);
  return reply.length < 4 + bound + 2 ? refused('socks.incomplete', reply) : { ok: true };
}
