/** Networks on which everything works, however odd they look: each is a false alarm waiting to happen. */
import { faulty, WORKS, type Scenario } from './scenario.js';

const V6 = '2600:1f18:24e6:b900::1';

export const HEALTHY_SCENARIOS: readonly Scenario[] = [
  faulty('healthy', 'Everything works, IPv4', [], WORKS),
  {
    ...faulty('healthy_dual_stack', 'Everything works over both families', [], WORKS),
    addresses: {
      app: [
        { address: V6, leads: 'cloud' },
        { address: '54.198.178.11', leads: 'cloud' },
      ],
      api: [
        { address: V6, leads: 'cloud' },
        { address: '54.198.178.11', leads: 'cloud' },
      ],
      mqtt: [
        { address: V6, leads: 'cloud' },
        { address: '54.198.178.11', leads: 'cloud' },
      ],
    },
  },
  {
    ...faulty('healthy_v6_without_route', 'IPv6 is published, the host has IPv4 only', [], WORKS),
    addresses: {
      mqtt: [
        { address: V6, leads: 'refused' },
        { address: '54.198.178.11', leads: 'cloud' },
      ],
    },
    noRoute6: true,
  },
  {
    ...faulty('healthy_new_address', 'An address that is on no list, with a valid certificate', [], WORKS),
    addresses: { mqtt: [{ address: '3.3.3.3', leads: 'cloud' }] },
  },
  {
    ...faulty('healthy_many_addresses', 'Several addresses a name, all fine', [], WORKS),
    addresses: {
      app: ['54.198.178.11', '44.207.131.212', '44.196.50.41'].map((address) => ({ address, leads: 'cloud' })),
      mqtt: ['44.196.50.41', '54.198.178.11', '44.207.131.212'].map((address) => ({ address, leads: 'cloud' })),
    },
  },
  {
    ...faulty(
      'healthy_private_answer',
      'Split horizon: a private address with the real certificate',
      ['private_answer'],
      WORKS,
    ),
    reach: { '10.64.0.1': 'cloud' },
  },
  faulty('healthy_cname_chain', 'Names that are aliases of aliases', ['cname_chain'], WORKS),
  faulty('healthy_dns_truncated', 'Answers that only fit over TCP', ['dns_truncated'], WORKS),
  faulty('healthy_dns_forged', 'A forged reply with a wrong id before the right one', ['dns_forged_first'], WORKS),
  faulty('healthy_aaaa_servfail', 'SERVFAIL for AAAA, addresses for A', ['aaaa_servfail'], WORKS),
  faulty('healthy_chunked', '/env in chunks, with extensions', ['chunked_extension'], WORKS),
  faulty('healthy_large_chunked', '/env in chunks, 20 kB', ['large_chunked_body'], WORKS),
  faulty('healthy_split_answers', 'Answers that arrive in small pieces', ['split_answer'], WORKS),
  faulty('healthy_close_later', 'The connection ends some time after the answer', ['close_later'], WORKS),
  faulty('healthy_empty_reason', 'An empty reason phrase', ['empty_reason'], WORKS),
  faulty('healthy_header_1023', 'A header value of 1023 bytes', ['long_header=1023'], WORKS),
  faulty('healthy_blank_header', 'A header with a space for a value on /env', ['empty_header_value_with_space'], WORKS),
  faulty('healthy_unknown_env_keys', '/env with keys nobody knows', ['env_unknown_keys'], WORKS),
  faulty('healthy_ws_lower_case', '101 with lower-case header names', ['ws_lower_case'], WORKS),
  faulty('healthy_ws_no_protocol', '101 without a subprotocol', ['ws_no_protocol'], WORKS),
  faulty('healthy_ws_long_line', '101 with a line of 4095 bytes', ['ws_long_line=4095'], WORKS),
  faulty('healthy_ws_split', 'MQTT packets over several frames', ['ws_split'], WORKS),
  faulty('healthy_ws_pings', 'WebSocket pings between MQTT packets', ['ws_pings'], WORKS),
  faulty(
    'healthy_slow',
    'Everything late, but in time',
    ['dns_slow=0.3', 'tls_slow=0.3', 'http_slow=0.3', 'connack_slow=0.3'],
    WORKS,
  ),
  {
    ...faulty('healthy_inspected', 'TLS inspection whose authority both legs trust', ['intercepted'], WORKS),
    trustInterceptor: ['claim', 'link'],
  },
];
