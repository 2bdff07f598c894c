import { certain, likely } from '../confidence.js';
import type { ProxyConnectObservation } from '../../model/observation.js';
import { serverWords } from '../evidence/plain.js';
import { rulesFor } from '../../agent/versions.js';
import type { Remedy } from '../../model/finding.js';
import { remedy, safeHost, tellAgentProxy } from '../remedies.js';
import { hostList, quote, sentence } from '../text.js';
import type { Evidence } from '../evidence.js';
import { type Cause, defineRule, type Draft } from '../rule.js';
import { knowsConnect, otherProtocol, type OtherProtocol, replies, replyDraft } from './proxy-cases.js';

/** What a web server says to CONNECT; proxies that know it answer otherwise. */
const NOT_A_PROXY = new Set([400, 404, 405, 501]);

/** The port speaks something else than the configured scheme. */
export const proxyProtocolMismatch = defineRule({
  id: 'proxy.protocol_mismatch',
  title: 'The proxy port speaks another protocol',
  blames: 'agent_config',
  confidence: [
    certain('other_protocol_works'),
    certain('own_words'),
    likely('The proxy port by hand: curl -v -x PROXY https://HOST/.'),
  ],
  requires: ['proxy_connect'],
  evaluate(ev) {
    return replies(ev).flatMap((one): Draft[] => {
      const { reply, attempt } = one;
      if (knowsConnect(reply, ev)) return [];
      const other = isAnswered(reply) ? null : otherProtocol(attempt, ev).found;
      const words = other === null ? speaks(reply) : WORDS[other.protocol];
      if (words === null) return [];
      const draft = replyDraft(one, ev, {
        speaks: words,
        works: other?.protocol ?? null,
        opened: other?.opened === true,
        protocol: reply.protocol,
        said: other === null ? serverWords(reply.rawReply) : '',
      });
      if (other === null) return [draft];
      return [{ ...draft, tags: [...draft.tags, 'other_protocol_works'], evidence: [...draft.evidence, other.id] }];
    });
  },
  describe(cause, ev) {
    const { proxy, protocol, speaks: words, works, opened } = cause.data;
    const said = String(cause.data['said'] ?? '');
    return {
      title: `The proxy port ${quote(String(proxy))} does not speak ${scheme(String(protocol))}`,
      why: sentence(
        `The configuration says ${scheme(String(protocol))}, but ${String(words)} answers there${said === '' ? '' : `: ${quote(said)}`}.`,
        works !== null &&
          (opened === true
            ? `In that protocol, the port opened a tunnel to ${hostList(cause)}.`
            : 'In that protocol, the port answered.'),
        'The port accepts connections, so the proxy runs.',
      ),
      remedies: remediesFor(cause, ev),
    };
  },
});

function remediesFor(cause: Cause, ev: Evidence): Remedy[] {
  const [, host = '', port = ''] = /^(.{1,253}):(\d{1,5})$/u.exec(String(cause.data['proxy'])) ?? [];
  const at = `${safeHost(host)}:${port}`;
  if (cause.data['works'] === 'http')
    return [tellAgentProxy(ev, `http://${at}`, 'This is an HTTP proxy: write http:// as its scheme.')];
  if (cause.data['works'] === 'socks5')
    return rulesFor(ev.agent.version.value).linkUsesSocks
      ? [tellAgentProxy(ev, `socks5h://${at}`, 'This is a SOCKS5 proxy: write socks5h:// as its scheme.')]
      : [
          remedy(
            'agent_config',
            `This is a SOCKS5 proxy, which the link of this version cannot use. Ask the proxy team for an HTTP port, or update the Agent to 2.10.0 or newer and write socks5h://${at}.`,
          ),
        ];
  const text =
    cause.data['works'] === 'tls'
      ? 'The port needs TLS (https://), which the link never speaks to a proxy. Ask the proxy team for a plain HTTP port, and write it into the proxy setting.'
      : 'Ask the proxy team for scheme and port, and write them into the proxy setting. The link understands only http://, socks5:// and socks5h://, and speaks no TLS to a proxy.';
  return [tellAgentProxy(ev, `http://${safeHost(host)}:PORT`, text)];
}

const WORDS: Readonly<Record<OtherProtocol['protocol'], string>> = {
  tls: 'TLS (an https:// proxy)',
  socks5: 'SOCKS5',
  http: 'HTTP',
};
const TLS_WORDS = WORDS.tls;

/** In the configured protocol, so that nothing else is to be asked. */
function isAnswered({ protocol, status, socksMethod, failure }: ProxyConnectObservation): boolean {
  if (failure === null) return true;
  return protocol === 'http' || protocol === 'https' ? status !== null : socksMethod !== null;
}

/** What seems to answer; null = nothing speaks against the configured protocol. */
function speaks(reply: ProxyConnectObservation): string | null {
  const { rawReply, failure, protocol, status } = reply;
  const byte = rawReply.charCodeAt(0);
  const http = protocol === 'http' || protocol === 'https';
  // A method was chosen: it does speak SOCKS.
  if (!http && reply.socksMethod !== null) return null;
  if (rawReply !== '') {
    if (http && (byte === 0x15 || byte === 0x16) && rawReply.charCodeAt(1) === 3) return TLS_WORDS;
    if (http && byte === 5 && rawReply.length <= 16) return 'SOCKS';
    if (http && !/^HTTP\//iu.test(rawReply)) return 'something that is not HTTP';
    if (!http && /^HTTP\/\d/u.test(rawReply)) return 'HTTP';
    if (http && status !== null && NOT_A_PROXY.has(status))
      return `a web server that does not know CONNECT (status ${String(status)})`;
  }
  return failure?.kind === 'proxy_protocol_mismatch' ? 'something else' : null;
}

function scheme(protocol: string): string {
  return protocol === 'http' ? 'HTTP' : protocol === 'https' ? 'HTTP over TLS' : protocol.toUpperCase();
}
