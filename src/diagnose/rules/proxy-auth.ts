/** Three ways in which authentication stops at the proxy: shared wording. */
import type { Remedy } from '../../model/finding.js';
import { certain } from '../confidence.js';
import type { Evidence } from '../evidence.js';
import { remedy, safeHost, tellAgentProxy } from '../remedies.js';
import { type Cause, defineRule, type Wording } from '../rule.js';
import { list, quote, sentence } from '../text.js';
import { askProxy, offeredSchemes, proxyServer, replies, type ReplyCase, replyDraft } from './proxy-cases.js';
import { isLoopback } from './sinkholes.js';

type AuthTrouble = 'required' | 'rejected' | 'unsupported';

/** Both legs know Basic for HTTP, and user and password (RFC 1929) for SOCKS. Nothing else. */
function authCases(ev: Evidence, trouble: AuthTrouble): readonly ReplyCase[] {
  return replies(ev).filter((one) => troubleOf(one) === trouble);
}

function troubleOf({ reply }: ReplyCase): AuthTrouble | null {
  if (reply.socksMethod !== null || reply.protocol === 'socks5') {
    if (reply.socksAuthStatus !== null && reply.socksAuthStatus !== 0) return 'rejected';
    // User and password are asked for although nobody offered them.
    if (reply.socksMethod === 2 && !reply.credentialsSent) return 'required';
    if (reply.socksMethod === 0xff) return reply.credentialsSent ? 'unsupported' : 'required';
    // RFC 1928 §3: 0 = none, 2 = user and password; anything else was not offered, and is nothing the Agent knows.
    return reply.socksMethod === null || reply.socksMethod === 0 || reply.socksMethod === 2 ? null : 'unsupported';
  }
  if (reply.status !== 407) return null;
  const schemes = offeredSchemes(reply);
  if (schemes.length > 0 && !schemes.includes('basic')) return 'unsupported';
  return reply.credentialsSent ? 'rejected' : 'required';
}

function writeCredentials(ev: Evidence): Remedy {
  return tellAgentProxy(
    ev,
    loginUrl(ev),
    'Write user and password into the proxy setting. Percent-encode special characters: @ as %40, : as %3A, / as %2F, % as %25, + as %2B.',
  );
}

/** The proxy that asked, with room for what it wants. */
function loginUrl(ev: Evidence): string {
  const [asked] = [...authCases(ev, 'required'), ...authCases(ev, 'rejected')];
  if (asked === undefined) return 'http://USER:PASSWORD@PROXY:PORT';
  const { protocol, proxyHost, proxyPort } = asked.reply;
  return `${protocol === 'socks5' ? 'socks5h' : 'http'}://USER:PASSWORD@${safeHost(proxyHost)}:${String(proxyPort)}`;
}

function exemptFromLogin(cause: Cause, ev: Evidence): readonly Remedy[] {
  return askProxy(
    cause,
    ev,
    'Ask the proxy team to let this host pass without a login: by its address, or to the three cloud names.',
  );
}

export const proxyAuthSchemeUnsupported = defineRule({
  id: 'proxy.auth_scheme_unsupported',
  title: 'The proxy offers only a login that the Agent cannot do',
  blames: 'proxy',
  confidence: [certain('own_words')],
  requires: ['proxy_connect'],
  evaluate: (ev) =>
    authCases(ev, 'unsupported').map((one) =>
      replyDraft(one, ev, {
        schemes: offeredSchemes(one.reply),
        server: proxyServer(one.reply),
        relay: isLoopback(one.attempt.connect?.address ?? null) && offeredSchemes(one.reply).length > 0,
      }),
    ),
  describe(cause, ev) {
    if (cause.data['relay'] === true) return relayWords(cause);
    const schemes = (cause.data['schemes'] as readonly string[] | undefined) ?? [];
    return {
      title: `The proxy ${quote(String(cause.data['proxy']))} offers only a login that the Agent cannot do`,
      why: sentence(
        schemes.length > 0
          ? `The proxy refused CONNECT with 407 and offers only ${list(schemes.map((scheme) => quote(scheme, 20)))}.`
          : 'The proxy accepts none of the SOCKS methods that the Agent offers.',
        'The Agent can do Basic for HTTP proxies, and user and password for SOCKS5: no NTLM, no Kerberos (Negotiate), no Digest.',
        'So no credentials help.',
      ),
      remedies: [
        ...exemptFromLogin(cause, ev),
        tellAgentProxy(
          ev,
          'http://127.0.0.1:3128',
          'Or run a small relay on this host that does the login (cntlm, px), and point the Agent to it.',
        ),
      ],
    };
  },
});

export const proxyAuthRejected = defineRule({
  id: 'proxy.auth_rejected',
  title: 'The proxy rejects the credentials',
  blames: 'agent_config',
  confidence: [certain('own_words')],
  requires: ['proxy_connect'],
  evaluate: (ev) =>
    authCases(ev, 'rejected').map((one) =>
      replyDraft(one, ev, { schemes: offeredSchemes(one.reply), server: proxyServer(one.reply) }),
    ),
  describe(cause, ev) {
    return {
      title: `The proxy ${quote(String(cause.data['proxy']))} rejects the credentials`,
      why: sentence(
        'The doctor sent the configured credentials as the Agent decodes them, and the proxy still asks for a login.',
        `They are wrong or expired, or the Agent misreads them: ${ev.commands.config()} shows how it decodes %, + and @.`,
      ),
      remedies: [writeCredentials(ev), ...exemptFromLogin(cause, ev)],
    };
  },
});

export const proxyAuthRequired = defineRule({
  id: 'proxy.auth_required',
  title: 'The proxy asks for credentials, and the Agent has none',
  blames: 'agent_config',
  confidence: [certain('own_words')],
  requires: ['proxy_connect'],
  evaluate: (ev) =>
    authCases(ev, 'required').map((one) =>
      replyDraft(one, ev, {
        schemes: offeredSchemes(one.reply),
        server: proxyServer(one.reply),
        relay: isLoopback(one.attempt.connect?.address ?? null) && CNTLM_REALM.test(one.reply.rawReply),
      }),
    ),
  describe(cause, ev) {
    if (cause.data['relay'] === true) return relayWords(cause);
    const schemes = (cause.data['schemes'] as readonly string[] | undefined) ?? [];
    return {
      title: `The proxy ${quote(String(cause.data['proxy']))} asks for credentials, and the Agent has none`,
      why: sentence(
        cause.data['status'] === 407
          ? `The proxy refused CONNECT with 407${schemes.length > 0 ? ` and offers ${list(schemes)}, which the Agent can do` : ' and names no scheme'}.`
          : 'The proxy accepts no SOCKS connection without a user name.',
      ),
      remedies: [writeCredentials(ev), ...exemptFromLogin(cause, ev)],
    };
  },
});

/** What cntlm puts in the place of a 407 that it got in spite of its own login (seen of 0.92.3). */
const CNTLM_REALM = /^proxy-authenticate:[^\r\n]*realm="?cntlm for parent/im;

/** A relay on this host exists to do this login: what it passes on is that its own was not accepted, or is not set. */
function relayWords(cause: Cause): Wording {
  const schemes = (cause.data['schemes'] as readonly string[] | undefined) ?? [];
  return {
    title: `The relay on this host (${quote(String(cause.data['proxy']))}) cannot log in at the proxy behind it`,
    why: sentence(
      schemes.includes('basic')
        ? 'The relay answered 407 in its own name (realm "Cntlm for parent"): the proxy behind it rejected its login.'
        : `The relay answered 407 and offers only ${list(schemes.map((scheme) => quote(scheme, 20)))}, which the Agent cannot do.`,
      'A relay on loopback (cntlm, px) does that login itself, so its user, domain or password is wrong, expired or missing.',
    ),
    remedies: [
      remedy('host', 'For cntlm, find out which login the proxy behind it accepts; the test asks for the password.', {
        command: 'sudo cntlm -I -M https://app.netdata.cloud',
      }),
      remedy('host', 'Write what it prints, with Username and Domain, into the relay, and restart the relay.', {
        lines: [{ file: '/etc/cntlm.conf', text: 'Username USER\nDomain DOMAIN\nPassNTLMv2 HASH' }],
        command: 'sudo systemctl restart cntlm',
      }),
      remedy('host', 'For px, enter the login again.', { command: 'px --password' }),
      remedy(
        'proxy',
        'If the account is locked or its password has expired, ask the proxy or directory team to renew it.',
      ),
    ],
    blames: 'host',
  };
}
