/** Every route with every host behind it closed: which of claim, env, auth and link that stops, and nothing else. */
import * as at from '../harness/addresses.js';
import { fails, type LabCase } from '../harness/case.js';
import type { Leg } from '../../../src/model/route.js';
import { PORT, USERS, type ServiceName } from '../harness/services.js';
import { claiming, ONLY_PROXY_OUT } from './proxy-routes.js';

const P = at.PROXY_NAME;

interface Way {
  readonly name: string;
  readonly service: ServiceName;
  readonly proxy: string;
}

/** The routes beside the direct one, each with a real program. */
export const WAYS: readonly Way[] = [
  { name: 'squid', service: 'squid', proxy: `http://${P}:${PORT.squid}` },
  { name: 'squid-basic', service: 'squid', proxy: `http://agent:${USERS.agent}@${P}:${PORT.squidBasic}` },
  { name: 'tinyproxy', service: 'tinyproxy', proxy: `http://${P}:${PORT.tinyproxy}` },
  { name: 'socks5', service: 'dante', proxy: `socks5://${P}:${PORT.dante}` },
  { name: 'socks5h', service: 'dante', proxy: `socks5h://${P}:${PORT.dante}` },
  { name: 'socks5h-auth', service: 'dante', proxy: `socks5h://agent:${USERS.agent}@${P}:${PORT.danteAuth}` },
];

/** Which legs need which host. */
export const HOSTS: readonly { readonly name: string; readonly address: string; readonly legs: readonly Leg[] }[] = [
  { name: 'app', address: at.APP4, legs: ['claim', 'env'] },
  { name: 'api', address: at.API4, legs: ['auth'] },
  { name: 'mqtt', address: at.MQTT4, legs: ['link'] },
];

export const matrixCases: readonly LabCase[] = WAYS.flatMap(({ name, service, proxy }) =>
  HOSTS.map((host): LabCase => ({
    id: `matrix-${name}-${host.name}`,
    title: `The way out is ${name}, and the proxy itself is kept from ${host.name} by a firewall that resets`,
    needs: [service],
    gateway: [...ONLY_PROXY_OUT, `iifname "dmz0" ip daddr ${host.address} tcp dport 443 reject with tcp reset`],
    files: claiming(proxy),
    expect: fails('proxy.upstream_failed', host.legs),
  })),
);
