import { certain, likely } from '../confidence.js';
import type { ProxyConnectObservation } from '../../model/observation.js';
import { serverWords } from '../evidence/plain.js';
import { remedy } from '../remedies.js';
import { quote, sentence } from '../text.js';
import type { Attempt } from '../../trace/attempts.js';
import type { Evidence } from '../evidence.js';
import { defineRule, type Draft } from '../rule.js';
import { knowsConnect, replies, replyDraft } from './proxy-cases.js';

/** What a web server says to CONNECT; proxies that know it answer otherwise. */
const NOT_A_PROXY = new Set([400, 404, 405, 501]);

/** The port speaks something else than the configured scheme. */
export const proxyProtocolMismatch = defineRule({
  id: 'proxy.protocol_mismatch',
  title: 'The proxy port speaks another protocol',
  blames: 'agent_config',
  confidence: [certain('own_words'), likely('The proxy port by hand: curl -v -x PROXY https://HOST/.')],
  requires: ['proxy_connect'],
  evaluate(ev) {
    return replies(ev).flatMap((one): Draft[] => {
      const control = saysNothing(one.reply) ? tlsAnswers(one.attempt, ev) : null;
      const words = control === null ? speaks(one.reply) : TLS_WORDS;
      if (words === null || knowsConnect(one.reply, ev)) return [];
      const { protocol, rawReply } = one.reply;
      const draft = replyDraft(one, ev, { speaks: words, protocol, said: serverWords(rawReply) });
      return [control === null ? draft : { ...draft, evidence: [...draft.evidence, control] }];
    });
  },
  describe(cause) {
    const said = String(cause.data['said'] ?? '');
    return {
      title: `The proxy port ${quote(String(cause.data['proxy']))} does not speak what the configuration says`,
      why: sentence(
        `The Agent was told to speak ${scheme(String(cause.data['protocol']))} there; what answers is ${String(cause.data['speaks'])}${said === '' ? '' : `: ${quote(said)}`}.`,
        'The connection itself was accepted, so host and port exist.',
      ),
      remedies: [
        remedy(
          'agent_config',
          'Ask the proxy team for scheme and port, and write them into the proxy setting. The link understands http://, socks5:// and socks5h:// only; it never speaks TLS to a proxy.',
          {
            needsRestart: true,
            command: 'sudo systemctl restart netdata',
          },
        ),
      ],
    };
  },
});

const TLS_WORDS = 'TLS (an https:// proxy)';

/** Hung up, or silent: what a TLS server makes of a CONNECT in plain text, and other proxies too. */
function saysNothing({ rawReply, failure, protocol }: ProxyConnectObservation): boolean {
  return protocol === 'http' && rawReply === '' && failure !== null;
}

/** The control's handshake at the same port, if TLS answered it. */
function tlsAnswers(attempt: Attempt, ev: Evidence): string | null {
  const controls = ev.controls('proxy_tls').filter(({ routeId }) => routeId === attempt.routeId);
  const answered = controls.find(({ tls }) => tls !== null && (tls.failure === null || tls.alert !== null));
  return answered?.tls?.id ?? null;
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
