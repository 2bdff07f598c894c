import { tookMs } from '../../trace/silence.js';
import { certain, likely, excludingHost } from '../confidence.js';
import { remedy, safeAddress } from '../remedies.js';
import { ms, quote, sentence } from '../text.js';
import { defineRule } from '../rule.js';
import { proxyConnects, replySubject } from './proxy-cases.js';

/** No answer, or an error from a router, instead of the proxy. */
export const proxyUnreachable = defineRule({
  id: 'proxy.unreachable',
  title: 'This host cannot reach the proxy',
  blames: 'proxy',
  confidence: excludingHost(certain('local_network_works'), likely('A connection to the proxy from another host.')),
  requires: ['connect'],
  evaluate(ev) {
    const heard = [...ev.dns.alive.values()].includes(true) || ev.timing.gatewayMs !== null;
    return proxyConnects(ev, 'silent', 'told', 'no_family', 'own', 'other').map(({ attempt, connect, fate }) => ({
      subject: { ...replySubject(attempt, ev), addresses: connect.address === null ? [] : [connect.address] },
      evidence: [connect.id],
      explains: [connect.id],
      tags: heard ? ['local_network_works' as const] : [],
      key: attempt.routeId,
      data: {
        proxy: `${connect.host}:${String(connect.port)}`,
        silent: fate === 'silent',
        afterMs: Number(tookMs(connect).toFixed(2)),
        code: connect.failure?.rawCode ?? null,
        origin: ev.route(attempt.routeId)?.origin ?? '',
      },
    }));
  },
  describe(cause) {
    const code = cause.data['code'];
    return {
      title: `This host cannot reach the proxy ${quote(String(cause.data['proxy']))}`,
      why: sentence(
        cause.data['silent'] === true
          ? `The proxy did not answer within ${ms(Number(cause.data['afterMs']))}.`
          : `An error came back after ${ms(Number(cause.data['afterMs']))}${code === null ? '' : ` (${String(code)})`}.`,
        `The Agent reads this proxy from ${String(cause.data['origin'])}.`,
        cause.tags.has('local_network_works') && 'The local network itself works.',
      ),
      remedies: [
        remedy('agent_config', "Check the proxy's address and port in the Agent's configuration."),
        remedy('host', 'If they are right, ask the network team to allow TCP from this host to that port.', {
          command: `nc -vz ${safeAddress(cause.subject.addresses[0])} ${portOf(cause.data['proxy'])}`,
        }),
      ],
    };
  },
});

/** The port of `HOST:PORT`. */
function portOf(proxy: unknown): string {
  return /:(\d{1,5})$/u.exec(String(proxy))?.[1] ?? 'PORT';
}
