/** The resolver fails or gives false answers. */
import { bothFail, faulty, linkFails, type Scenario } from './scenario.js';

const FOREIGN = '203.0.113.99';

export const DNS_SCENARIOS: readonly Scenario[] = [
  faulty('nxdomain', 'No name exists', ['nxdomain'], bothFail('dns.nxdomain')),
  faulty('nxdomain_mqtt', 'mqtt does not exist', ['nxdomain:mqtt'], linkFails('dns.nxdomain')),
  faulty('nxdomain_app', 'app does not exist', ['nxdomain:app'], bothFail('dns.nxdomain')),
  faulty('no_data', 'Names without addresses', ['nodata'], bothFail('dns.no_data')),
  faulty('servfail', 'SERVFAIL for every name', ['servfail'], bothFail('dns.servfail')),
  faulty('servfail_mqtt', 'SERVFAIL for mqtt', ['servfail:mqtt'], linkFails('dns.servfail')),
  faulty('dns_refused', 'The resolver refuses', ['refused'], bothFail('dns.refused')),
  faulty('dns_silent', 'Silence about our names, answers for others', ['dns_silent'], bothFail('dns.timeout')),
  faulty('dns_dead', 'The resolver is silent altogether', ['dns_dead'], bothFail('dns.resolver_unreachable')),
  faulty('sinkhole', 'A filter answers 0.0.0.0', ['sinkhole'], bothFail('dns.sinkhole')),
  faulty('sinkhole_mqtt', 'A filter answers 0.0.0.0 for mqtt', ['sinkhole:mqtt'], linkFails('dns.sinkhole')),
  {
    ...faulty(
      'hijacked',
      'Answers lead to a server of somebody else',
      [`dns_answer=${FOREIGN}`],
      bothFail('dns.hijacked'),
    ),
    reach: { [FOREIGN]: 'impostor' },
    impostor: ['self_signed', '200_page'],
  },
  {
    ...faulty(
      'hijacked_private',
      'Answers lead to a private server without our certificate',
      ['private_answer'],
      bothFail('dns.hijacked'),
    ),
    reach: { '10.64.0.1': 'impostor' },
    impostor: ['wrong_name', '503'],
  },
  {
    ...faulty(
      'resolvers_disagree',
      'The first resolver denies the names, the second has them',
      ['nxdomain'],
      bothFail('dns.resolvers_disagree'),
    ),
    secondResolver: [],
  },
];
