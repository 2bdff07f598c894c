/** `lab serve`: the simulated cloud for other clients, until SIGINT or SIGTERM. */
import { UsageError } from '../../model/errors.js';
import { startCloud } from '../../sim/cloud.js';
import { startProxy } from '../../sim/proxy/start-proxy.js';
import type { SimProxy } from '../../sim/proxy/types.js';
import type { SimCloud, SimEvent } from '../../sim/types.js';
import { writeFileAtomic } from '../write-file.js';
import { serveOptions, type ProxyRequest, type ServeFlags, type ServeOptions } from './serve-options.js';

export async function labServe(flags: ServeFlags): Promise<void> {
  const options = await serveOptions(flags);
  const stop = untilSignal();
  const cloud = await startOrExplain(() =>
    startCloud({ ...options.cloud, onEvent: (event) => process.stdout.write(eventLine(event, options.json)) }),
  );
  const proxies: SimProxy[] = [];
  try {
    for (const [protocol, wanted] of [
      ['http', options.httpProxy],
      ['socks5', options.socksProxy],
    ] as const) {
      if (wanted !== null) proxies.push(await startOrExplain(() => startProxyTo(cloud, protocol, wanted, options)));
    }
    if (options.writeCa !== null) await writeFileAtomic(options.writeCa, cloud.caPem, 0o644);
    process.stderr.write(howTo(cloud, proxies, options));
    await stop;
  } finally {
    await Promise.all([cloud.close(), ...proxies.map((proxy) => proxy.close())]);
  }
}

async function startProxyTo(
  cloud: SimCloud,
  protocol: 'http' | 'socks5',
  wanted: ProxyRequest,
  options: ServeOptions,
): Promise<SimProxy> {
  return await startProxy({
    protocol,
    behaviour: wanted.behaviour,
    port: wanted.port,
    address: cloud.hosts.app.addresses[0] ?? '127.0.0.1',
    resolve: (host) => Promise.resolve(cloud.lookup(host).addresses[0]?.address ?? null),
    ...(options.proxyCredentials ? { credentials: options.proxyCredentials } : {}),
  });
}

/** A port that cannot be had is the user's to know. */
async function startOrExplain<T>(start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
    const advice = code === 'EACCES' ? ': choose ports from 1024 on (--https-port, --dns-port) or run as root' : '';
    throw new UsageError(`cannot listen on ${address ?? '?'} port ${port ?? '?'}: ${code ?? 'unknown error'}${advice}`);
  }
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

/** Foreign text (names, paths, client ids) reaches a terminal here: printable ASCII only. */
export function eventLine(event: SimEvent, json: boolean): string {
  if (json) return `${escapeText(JSON.stringify(event))}\n`;
  const { atMs, remote, type, ...facts } = event;
  const shown = Object.entries(facts)
    .filter(([name]) => name !== 'headers')
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return `${escapeText([(atMs / 1000).toFixed(3), remote, type, ...shown].join(' '))}\n`;
}

function escapeText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function howTo(cloud: SimCloud, proxies: readonly SimProxy[], options: ServeOptions): string {
  const { hosts, resolver } = cloud;
  const { port, published } = hosts.app;
  const names = [hosts.app.name, hosts.api.name, hosts.mqtt.name];
  const ca = options.writeCa ?? 'lab-ca.pem (--write-ca FILE writes it)';
  const lines = [
    `Simulated cloud: ${names.join(', ')} on ${published.join(', ')} port ${port}`,
    resolver ? `Resolver: ${resolver.address} port ${resolver.port}, UDP and TCP` : 'No resolver',
    ...proxies.map((proxy, index) => `Proxy ${index + 1}: ${proxy.address} port ${proxy.port}`),
    `Faults: ${options.cloud.faults?.join(', ') || 'none'}`,
    '',
    'curl:',
    `  curl --cacert ${ca} --resolve ${hosts.app.name}:${port}:${published[0]} ${cloud.baseUrl}/api/v1/env`,
    'A real Agent, in a container or network namespace of its own:',
    `  let ${names.join(', ')} resolve to ${published[0]} (hosts file, or the resolver above),`,
    `  add ${ca} to the system's trust store, and claim with any token${port === 443 ? '' : ` and url ${cloud.baseUrl}`}.`,
    'Its key is public: trust that root in the lab only. Stop with Ctrl-C.',
    '',
  ];
  return lines.map((line) => `${line}\n`).join('');
}
