import type { ProxyConnectObservation } from '../../model/observation.js';
import { serverWords } from '../evidence/plain.js';
import { remedy } from '../remedies.js';
import { quote, sentence } from '../text.js';
import type { Rule } from '../types.js';
import { replies, replyDraft } from './proxy-cases.js';

/** What a web server says to CONNECT; proxies that know it answer otherwise. */
const NOT_A_PROXY = new Set([400, 404, 405, 501]);

/** The port speaks something else than the configured scheme. */
export const proxyProtocolMismatch: Rule = {
  id: 'proxy.protocol_mismatch',
  requires: ['proxy_connect'],
  evaluate(ev) {
    return replies(ev)
      .filter(({ reply }) => speaks(reply) !== null)
      .map((one) =>
        replyDraft(one, ev, {
          speaks: speaks(one.reply),
          protocol: one.reply.protocol,
          said: serverWords(one.reply.rawReply),
        }),
      );
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
};

/** What seems to answer; null = nothing speaks against the configured protocol. */
function speaks(reply: ProxyConnectObservation): string | null {
  const { rawReply, failure, protocol, status } = reply;
  const byte = rawReply.charCodeAt(0);
  const http = protocol === 'http' || protocol === 'https';
  // A method was chosen: it does speak SOCKS.
  if (!http && reply.socksMethod !== null) return null;
  if (rawReply !== '') {
    if (http && (byte === 0x15 || byte === 0x16) && rawReply.charCodeAt(1) === 3) return 'TLS (an https:// proxy)';
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
