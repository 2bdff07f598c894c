/** Certificates and filters on the handshake. */
import { bothFail, faulty, linkFails, linkWaits, type Scenario } from './scenario.js';

export const TLS_SCENARIOS: readonly Scenario[] = [
  faulty('untrusted_issuer', 'A root that nobody has, sent along', ['untrusted_issuer'], bothFail('tls.intercepted')),
  faulty(
    'untrusted_root_not_sent',
    'A root that nobody has and nobody sends',
    ['untrusted_root_not_sent'],
    bothFail('tls.intercepted'),
  ),
  faulty(
    'untrusted_mqtt',
    'mqtt only: a root that nobody has',
    ['untrusted_issuer:mqtt'],
    linkFails('tls.intercepted'),
  ),
  faulty('incomplete_chain', 'The intermediate is missing', ['incomplete_chain'], bothFail('tls.incomplete_chain')),
  faulty('wrong_name', 'Certificates for another host', ['wrong_name'], bothFail('tls.name_mismatch')),
  faulty(
    'wrong_name_mqtt',
    'mqtt only: a certificate for another host',
    ['wrong_name:mqtt'],
    linkFails('tls.name_mismatch'),
  ),
  faulty('expired', 'Expired certificates', ['expired'], bothFail('tls.expired')),
  faulty('expired_mqtt', 'mqtt only: expired', ['expired:mqtt'], linkFails('tls.expired')),
  faulty('not_yet_valid', 'Certificates from the future', ['not_yet_valid'], bothFail('tls.not_yet_valid')),
  faulty('self_signed', 'Self-signed leaves', ['self_signed'], bothFail('tls.self_signed')),
  faulty(
    'incomplete_chain_mqtt',
    'mqtt only: the intermediate is missing',
    ['incomplete_chain:mqtt'],
    linkFails('tls.incomplete_chain'),
  ),
  faulty('intercepted', 'A firewall inspects TLS, nobody trusts it', ['intercepted'], bothFail('tls.intercepted')),
  faulty('intercepted_zscaler', 'A cloud proxy inspects TLS', ['intercepted=zscaler'], bothFail('tls.intercepted')),
  {
    ...faulty(
      'intercepted_claim_trusts',
      'A firewall inspects TLS, only the claim trusts it',
      ['intercepted'],
      linkFails('tls.intercepted'),
    ),
    trustInterceptor: ['claim'],
  },
  {
    ...faulty('intercepted_link_trusts', 'A gateway inspects TLS, only the link trusts it', ['intercepted=corporate'], {
      claim: 'will_fail',
      link: 'will_work',
      cause: 'tls.intercepted',
    }),
    trustInterceptor: ['link'],
  },
  faulty(
    'intercepted_block_page',
    'Inspected, and blocked with a page',
    ['intercepted', '403_page'],
    bothFail('tls.intercepted'),
  ),
  faulty(
    'hostile_certificate',
    'A subject with escape codes and markup',
    ['hostile_certificate'],
    bothFail('tls.intercepted'),
  ),
  faulty('tls_stalled_mqtt', 'ClientHellos to mqtt are swallowed', ['tls_stalled:mqtt'], linkWaits('tls.stalled')),
  faulty('tls_stalled', 'Every ClientHello is swallowed', ['tls_stalled'], linkWaits('tls.stalled', 'will_fail')),
  faulty('sni_reset', 'RST for the name of mqtt', ['sni_reset:mqtt'], linkFails('tls.sni_filtered')),
  faulty('sni_stalled', 'The name of mqtt is swallowed', ['sni_stalled:mqtt'], linkWaits('tls.sni_filtered')),
  faulty('sni_reset_all', 'RST for every name of ours', ['sni_reset'], bothFail('tls.sni_filtered')),
  faulty('tls_old', 'TLS 1.1 at most', ['tls_old'], bothFail('tls.version_unsupported')),
  faulty('plain_http', 'Plain HTTP instead of TLS', ['plain_http'], bothFail('tls.not_tls')),
  faulty('plain_http_mqtt', 'mqtt only: plain HTTP instead of TLS', ['plain_http:mqtt'], linkFails('tls.not_tls')),
];
