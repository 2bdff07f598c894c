/**
 * Command lines as they are typed for this very run: the program's own with the options that say which Agent was judged
 * and by which way, and those of the installation that was found. Derived once; rules ask `ev.commands`.
 */
import { reloadOf, restartOf } from '../agent/service-commands.js';
import type { AgentFacts } from '../model/agent.js';
import type { Route, RouteEntry } from '../model/route.js';
import type { DiagnoseInput } from './input.js';

export interface Commands {
  /** `netdata-egress doctor` about the same Agent, by the same way. */
  doctor(...more: readonly string[]): string;
  /** The same as root, which may read more. */
  doctorAsRoot(...more: readonly string[]): string;
  /** The page for whoever runs the network. */
  readonly letter: string;
  /** `netdata-egress config VERB` on the same Agent's files. */
  config(...words: readonly string[]): string;
  /** `netdata-egress rules …` for the same cloud and proxy. */
  rules(...words: readonly string[]): string;
  /** A handshake by hand with a host of the Agent, by the Agent's way. */
  openssl(host: string, ...more: readonly string[]): string;
  /** A request by hand, along a route of this run. */
  curl(host: string, path: string, routeId: string | undefined, ...more: readonly string[]): string;
  readonly restart: string;
  readonly reload: string;
}

type Input = Pick<DiagnoseInput, 'agent' | 'options' | 'routes'>;

export function commandsOf(input: Input): Commands {
  const { agent, options, routes } = input;
  const text = (key: string): string | null => {
    const value = options[key];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
  };
  const option = (name: string, key: string): readonly string[] => {
    const value = text(key);
    return value === null ? [] : [name, argument(value)];
  };
  const place = [
    ...option('--prefix', 'prefix'),
    ...option('--config-dir', 'configDir'),
    ...option('--lib-dir', 'libDir'),
    ...option('--agent-version', 'agentVersion'),
    ...option('--env-from', 'envFrom'),
  ];
  const inside = text('container') === null ? option('--pid', 'pid') : option('--container', 'container');
  const families = options['families'];
  const family = Array.isArray(families) && families.length === 1 ? [`-${String(families[0])}`] : [];
  const again = [
    ...option('--url', 'url'),
    ...proxyOption(input),
    ...place,
    ...inside,
    ...option('--netns', 'netns'),
    ...option('--as-user', 'asUser'),
    ...family,
  ];
  // Namespaces and accounts of others are root's to enter.
  const root = inside.length > 0 || text('netns') !== null || text('asUser') !== null;
  const doctor = (...more: readonly string[]): string => line(root, 'doctor', ...again, ...more);
  const used = proxyInUse(agent, routes);
  const portOf = (host: string): string =>
    String(Object.values(agent.legs).find((leg) => leg.host === host)?.port ?? 443);
  return {
    doctor,
    doctorAsRoot: (...more) => line(true, 'doctor', ...again, ...more),
    letter: doctor('--format letter'),
    config: (...words) => line(root || words.length > 0, 'config', ...words, ...place, ...option('--pid', 'pid')),
    rules: (...words) =>
      line(
        ROOTS_VERBS.has(words[0] ?? ''),
        'rules',
        ...words,
        ...option('--url', 'url'),
        ...(used === null || !ROOTS_VERBS.has(words[0] ?? '') ? [] : ['--proxy', used]),
      ),
    openssl: (host, ...more) => {
      const route = routes.find(({ usedBy, route: { kind } }) => usedBy.length > 0 && kind === 'http_connect')?.route;
      const proxy = route !== undefined && proxyUrl(route) !== null && 'proxy' in route ? route.proxy : null;
      return [
        'openssl s_client',
        ...(proxy === null ? [] : [`-proxy ${proxy.host}:${String(proxy.port)}`]),
        `-connect ${host}:${portOf(host)} -servername ${host}`,
        ...more,
        '</dev/null',
      ].join(' ');
    },
    curl: (host, path, routeId, ...more) => {
      const port = portOf(host);
      const proxy = proxyUrl(routes.find(({ id }) => id === routeId)?.route);
      const at = `https://${host}${port === '443' ? '' : `:${port}`}${path}`;
      return ['curl -v', ...(proxy === null ? [] : [`-x ${proxy}`]), ...more, at].join(' ');
    },
    restart: restartOf(agent.installation),
    reload: reloadOf(agent.installation),
  };
}

/** `{doctor …}` and `{sudo doctor …}` in a sentence of ours, as they are typed for this run. */
export function withCommands(
  text: string,
  { doctor, doctorAsRoot }: Pick<Commands, 'doctor' | 'doctorAsRoot'>,
): string {
  return text.replaceAll(/\{(sudo )?doctor((?: [^}]+)?)\}/g, (_, root: string | undefined, more: string) => {
    const words = more === '' ? [] : [more.trim()];
    return root === undefined ? doctor(...words) : doctorAsRoot(...words);
  });
}

/** The same about the Agent that is found without being told: for the pages. */
export const PLAIN_COMMANDS: Pick<Commands, 'doctor' | 'doctorAsRoot'> = {
  doctor: (...more) => line(false, 'doctor', ...more),
  doctorAsRoot: (...more) => line(true, 'doctor', ...more),
};

/** Verbs of `rules` that read or change this host's firewall. */
const ROOTS_VERBS = new Set(['apply', 'install', 'status', 'refresh', 'uninstall']);

function line(root: boolean, ...words: readonly string[]): string {
  return [...(root ? ['sudo'] : []), 'netdata-egress', ...words].join(' ');
}

/** A value as a shell takes it for one word; what no command line should hold is left to the reader. */
export function argument(value: string): string {
  if (/^[\w./:@%+,=~[\]-]+$/.test(value)) return value;
  return /^[^\p{C}']{1,300}$/u.test(value) ? `'${value}'` : 'VALUE';
}

/** `--proxy` as it was given; of a login only that there is one is known. */
function proxyOption({ agent, options, routes }: Input): readonly string[] {
  const given = options['proxy'];
  if (given === 'none' || given === 'env') return ['--proxy', given];
  if (given !== 'given') return [];
  const ids = [agent.legs.link.routeId, agent.legs.claim.routeId];
  const url = ids.map((id) => proxyUrl(routes.find((entry) => entry.id === id)?.route)).find((one) => one !== null);
  return url == null ? [] : ['--proxy', url];
}

const SCHEMES = { http_connect: 'http', https_connect: 'https', socks4: 'socks4', socks5: 'socks5' } as const;

/** A proxy that may stand in a command line or a file; null for a direct way, and for a host that is none. */
export function proxyUrl(route: Route | undefined): string | null {
  if (route === undefined || route.kind === 'direct') return null;
  const { host, port, credentials } = route.proxy;
  if (!isUsableHost(host)) return null;
  const byProxy = 'resolveAt' in route && route.resolveAt === 'proxy';
  const scheme = `${SCHEMES[route.kind]}${byProxy ? (route.kind === 'socks4' ? 'a' : 'h') : ''}`;
  return `${scheme}://${credentials === 'present' ? 'USER:PASSWORD@' : ''}${host}:${String(port)}`;
}

function isUsableHost(host: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/u.test(host) && !host.endsWith('.invalid');
}

/** `HOST:PORT` of the proxy that the link goes through; null = none, or none that can be written. */
function proxyInUse(agent: AgentFacts, routes: readonly RouteEntry[]): string | null {
  const route = routes.find(({ id }) => id === agent.legs.link.routeId)?.route;
  if (route === undefined || route.kind === 'direct' || !isUsableHost(route.proxy.host)) return null;
  return `${route.proxy.host}:${String(route.proxy.port)}`;
}
