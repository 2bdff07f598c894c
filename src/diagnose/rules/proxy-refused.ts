import { tookMs } from '../../trace/silence.js';
import { certain, excludingHost } from '../confidence.js';
import { remedy } from '../remedies.js';
import { ms, quote, sentence } from '../text.js';
import { defineRule } from '../rule.js';
import { proxyConnects, replySubject } from './proxy-cases.js';

/** Nobody listens at the proxy's port. */
export const proxyRefused = defineRule({
  id: 'proxy.refused',
  title: 'The proxy refuses connections',
  blames: 'proxy',
  confidence: excludingHost(certain('own_words')),
  requires: ['connect'],
  evaluate(ev) {
    return proxyConnects(ev, 'reset').map(({ attempt, connect }) => ({
      subject: { ...replySubject(attempt, ev), addresses: connect.address === null ? [] : [connect.address] },
      evidence: [connect.id],
      explains: [connect.id],
      tags: ['own_words' as const],
      key: attempt.routeId,
      data: {
        proxy: `${connect.host}:${String(connect.port)}`,
        afterMs: Number(tookMs(connect).toFixed(2)),
        origin: ev.route(attempt.routeId)?.origin ?? '',
      },
    }));
  },
  describe(cause) {
    return {
      title: `The proxy ${quote(String(cause.data['proxy']))} refuses connections`,
      why: sentence(
        `A reset came after ${ms(Number(cause.data['afterMs']))}: the address is alive, but nothing accepts connections on that port.`,
        `The Agent reads this proxy from ${String(cause.data['origin'])}.`,
      ),
      remedies: [
        remedy('agent_config', 'Check the port. Without one, the link uses 8080 and the claim 1080.'),
        remedy('proxy', 'If the port is right, the proxy does not run, or it resets connections from this host.'),
      ],
    };
  },
});
