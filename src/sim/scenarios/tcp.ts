/** Packets dropped or refused. */
import { bothFail, faulty, linkFails, WORKS, type PublishedAddress, type Scenario } from './scenario.js';

const GOOD: PublishedAddress = { address: '54.198.178.11', leads: 'cloud' };
const DROPPED: PublishedAddress = { address: '44.207.131.212', leads: 'dropped' };
const REFUSED: PublishedAddress = { address: '44.196.50.41', leads: 'refused' };
const V6_DROPPED: PublishedAddress = { address: '2600:1f18:24e6:b900::1', leads: 'dropped' };

export const TCP_SCENARIOS: readonly Scenario[] = [
  faulty('mqtt_refused', 'Connections to mqtt are refused', ['tcp_refused:mqtt'], linkFails('tcp.reset')),
  faulty('mqtt_dropped', 'Connections to mqtt are dropped', ['tcp_dropped:mqtt'], linkFails('tcp.dropped')),
  faulty('all_dropped', 'Everything is dropped', ['tcp_dropped'], bothFail('tcp.egress_blocked')),
  faulty('all_refused', 'Everything is refused', ['tcp_refused'], bothFail('tcp.reset')),
  {
    ...faulty('first_address_dropped', 'The first address is dropped, the second works', [], {
      claim: 'will_work',
      link: 'will_fail',
      cause: 'agent.first_address_blackholed',
    }),
    addresses: { mqtt: [DROPPED, GOOD] },
  },
  {
    ...faulty('second_address_dropped', 'The first address works, the second is dropped', [], WORKS),
    addresses: { mqtt: [GOOD, DROPPED] },
  },
  {
    ...faulty('first_address_refused', 'The first address is refused, the second works', [], WORKS),
    addresses: { mqtt: [REFUSED, GOOD] },
  },
  {
    ...faulty(
      'v6_dropped',
      'Both families are published, IPv6 is dropped: the link comes up at the second attempt',
      [],
      WORKS,
    ),
    addresses: { app: [V6_DROPPED, GOOD], api: [V6_DROPPED, GOOD], mqtt: [V6_DROPPED, GOOD] },
  },
];
