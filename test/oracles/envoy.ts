/** Reads what `targets/envoy.ts` writes, and nothing else: an exact shape, so nothing else can be listened to or routed. */
import type { RenderedFile } from '../../src/model/allow-list.js';
import { toYaml, type Yaml } from '../../src/firewall/core/yaml.js';
import { headerProblems } from './header-check.js';
import { exactly, integer, list, object, text, tuple, type Shape } from './shape.js';
import { readYaml } from './yaml.js';

const TYPES = 'type.googleapis.com/envoy.extensions';
const CACHE = object({ name: exactly('nd_allow'), dns_lookup_family: exactly('ALL') });
const empty = object({});

const AUTHORITY = text(/[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?:[1-9]\d{0,4}/);

const ROUTE = object({
  match: object({ connect_matcher: empty }),
  route: object({
    cluster: exactly('nd_allow'),
    upgrade_configs: tuple(object({ upgrade_type: exactly('CONNECT'), connect_config: empty })),
    timeout: exactly('0s'),
  }),
});

const HOSTS = object({ name: exactly('nd_allow'), domains: list(AUTHORITY, 1, 500), routes: tuple(ROUTE) });

const named = (name: string, config: Shape): Shape => object({ name: exactly(name), typed_config: config });

const MANAGER = object({
  '@type': exactly(`${TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager`),
  stat_prefix: exactly('nd_allow'),
  stream_idle_timeout: exactly('0s'),
  upgrade_configs: tuple(object({ upgrade_type: exactly('CONNECT') })),
  route_config: object({ name: exactly('nd_allow'), virtual_hosts: tuple(HOSTS) }),
  http_filters: tuple(
    named(
      'envoy.filters.http.dynamic_forward_proxy',
      object({
        '@type': exactly(`${TYPES}.filters.http.dynamic_forward_proxy.v3.FilterConfig`),
        dns_cache_config: CACHE,
      }),
    ),
    named('envoy.filters.http.router', object({ '@type': exactly(`${TYPES}.filters.http.router.v3.Router`) })),
  ),
});

const LISTENER = object({
  name: exactly('nd-allow'),
  address: object({
    socket_address: object({ address: text(/[0-9a-f:.]{2,39}/), port_value: integer(1, 65_535) }),
  }),
  filter_chains: tuple(object({ filters: tuple(named('envoy.filters.network.http_connection_manager', MANAGER)) })),
});

const CLUSTER = object({
  name: exactly('nd_allow'),
  connect_timeout: exactly('10s'),
  lb_policy: exactly('CLUSTER_PROVIDED'),
  cluster_type: named(
    'envoy.clusters.dynamic_forward_proxy',
    object({
      '@type': exactly(`${TYPES}.clusters.dynamic_forward_proxy.v3.ClusterConfig`),
      dns_cache_config: CACHE,
    }),
  ),
});

const SHAPE = object({ static_resources: object({ listeners: tuple(LISTENER), clusters: tuple(CLUSTER) }) });

interface Bootstrap {
  readonly static_resources: {
    readonly listeners: readonly {
      readonly filter_chains: readonly {
        readonly filters: readonly {
          readonly typed_config: {
            readonly route_config: { readonly virtual_hosts: readonly { readonly domains: readonly string[] }[] };
          };
        }[];
      }[];
    }[];
  };
}

/** `name:port` of every virtual host. */
function authorities(documents: readonly unknown[]): readonly string[] {
  return (documents as readonly Bootstrap[]).flatMap(({ static_resources: { listeners } }) =>
    listeners.flatMap((listener) =>
      listener.filter_chains.flatMap(({ filters }) =>
        filters.flatMap((filter) => filter.typed_config.route_config.virtual_hosts.flatMap((host) => host.domains)),
      ),
    ),
  );
}

function lint(files: readonly RenderedFile[]): readonly string[] {
  return files.flatMap((file) => {
    try {
      const documents = readYaml(file.content);
      const text = toYaml(documents as readonly { readonly [key: string]: Yaml }[]);
      const written = file.content === text || file.content.endsWith(`\n${text}`);
      const found = [
        ...(written ? [] : [`${file.name}: not written as we write it`]),
        ...tuple(SHAPE)(documents, file.name),
      ];
      if (found.length > 0) return found;
      const allowed = authorities(documents).map((authority) => {
        const at = authority.lastIndexOf(':');
        return { names: [authority.slice(0, at)], ports: [authority.slice(at + 1)] };
      });
      return headerProblems([file], allowed, true);
    } catch (error) {
      return [`${file.name}: ${error instanceof Error ? error.message : 'unreadable'}`];
    }
  });
}

export const envoy = Object.assign(lint, {
  flows: (files: readonly RenderedFile[]) =>
    files.flatMap((file) =>
      authorities(readYaml(file.content)).map((authority) => authority.replace(/:(\d+)$/, ' $1')),
    ),
});
