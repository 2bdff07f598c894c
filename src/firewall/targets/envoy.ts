/**
 * Envoy as a forward proxy for CONNECT: a listener whose virtual hosts are the listed names with their ports, handed to
 * the dynamic forward proxy, which looks the name up; any other CONNECT, and any other request, is answered with 404.
 * The listener denies by default, so the two modes are the same.
 * Sources: docs/rules/envoy.md names Envoy's pages.
 */
import { MARKER } from '../core/names.js';
import { RefusalError, type CheckedAllowList, type RuleOptions, type RuleTarget, PROXY } from '../core/target.js';
import { assertAtMost, isLiteral } from '../core/views.js';
import { toYaml, type Yaml } from '../core/yaml.js';
import { deviceHead } from './shared/device-head.js';

const ID = 'envoy';
const STEM = 'nd_allow';
/** No limit of Envoy's: more is not what an Agent needs. */
const MAX_DESTINATIONS = 500;
const TYPES = 'type.googleapis.com/envoy.extensions';

const CACHE: { readonly [key: string]: Yaml } = { name: STEM, dns_lookup_family: 'ALL' };

function authorities(list: CheckedAllowList): readonly string[] {
  const literal = list.hosts.find((host) => isLiteral(host.fqdn));
  if (literal !== undefined)
    throw new RefusalError(ID, 'names_not_supported', `is for names; ${literal.fqdn} is an address`);
  const all = [
    ...new Set(list.hosts.flatMap((host) => host.ports.map((port) => `${host.fqdn}:${String(port)}`))),
  ].sort();
  assertAtMost(ID, all.length, MAX_DESTINATIONS, 'pairs of name and port');
  return all;
}

function bootstrap(list: CheckedAllowList, options: RuleOptions): { readonly [key: string]: Yaml } {
  const { bind = '', port = '' } = options.settings;
  const route = {
    match: { connect_matcher: {} },
    route: {
      cluster: STEM,
      upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: {} }],
      // The link is one tunnel that stays open for days.
      timeout: '0s',
    },
  };
  const manager = {
    '@type': `${TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: STEM,
    stream_idle_timeout: '0s',
    upgrade_configs: [{ upgrade_type: 'CONNECT' }],
    route_config: {
      name: STEM,
      virtual_hosts: [{ name: STEM, domains: authorities(list), routes: [route] }],
    },
    http_filters: [
      {
        name: 'envoy.filters.http.dynamic_forward_proxy',
        typed_config: {
          '@type': `${TYPES}.filters.http.dynamic_forward_proxy.v3.FilterConfig`,
          dns_cache_config: CACHE,
        },
      },
      { name: 'envoy.filters.http.router', typed_config: { '@type': `${TYPES}.filters.http.router.v3.Router` } },
    ],
  };
  return {
    static_resources: {
      listeners: [
        {
          name: MARKER,
          address: { socket_address: { address: bind, port_value: Number(port) } },
          filter_chains: [
            { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] },
          ],
        },
      ],
      clusters: [
        {
          name: STEM,
          connect_timeout: '10s',
          lb_policy: 'CLUSTER_PROVIDED',
          cluster_type: {
            name: 'envoy.clusters.dynamic_forward_proxy',
            typed_config: {
              '@type': `${TYPES}.clusters.dynamic_forward_proxy.v3.ClusterConfig`,
              dns_cache_config: CACHE,
            },
          },
        },
      ],
    },
  };
}

export const envoy: RuleTarget = {
  id: ID,
  title: 'Envoy, forward proxy for CONNECT',
  group: 'proxies',
  capabilities: PROXY,
  settings: [
    { name: 'bind', title: 'address that the proxy listens on', default: '127.0.0.1', pattern: /^[0-9a-f:.]{2,39}$/ },
    { name: 'port', title: 'its port', default: '3128', pattern: /^[1-9]\d{0,4}$/ },
  ],
  render(list, options) {
    const head = deviceHead(envoy, list, options, '#', [
      'A bootstrap of its own: envoy -c FILE. To put it into yours, take the listener and the cluster.',
      'It denies by default: any other name or port is answered with 404. Nobody is asked who he is: bind it where your hosts are.',
    ]);
    return [{ name: `${MARKER}.envoy.yaml`, content: `${head}${toYaml([bootstrap(list, options)])}`, mode: 0o644 }];
  },
  validators: [
    {
      id: 'envoy --mode validate',
      needs: ['envoy'],
      version: ['envoy', '--version'],
      root: false,
      steps: () => [{ argv: ['envoy', '--mode', 'validate', '-c', `{file:${MARKER}.envoy.yaml}`], stdin: null }],
    },
  ],
};
