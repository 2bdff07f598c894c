/** Third parties that --controls may ask; nobody else is ever contacted. Printed by --list-endpoints. */
import type { ThirdParties } from '../../probe/types.js';

export const THIRD_PARTIES: ThirdParties = {
  resolvers: [
    { address: '1.1.1.1', port: 53, source: '--controls (Cloudflare)' },
    { address: '8.8.8.8', port: 53, source: '--controls (Google)' },
  ],
  dohUrls: [
    { url: 'https://cloudflare-dns.com/dns-query', address: '1.1.1.1' },
    { url: 'https://dns.google/dns-query', address: '8.8.8.8' },
  ],
  neutralHosts: ['www.debian.org'],
};

/** Said before any of them is asked. */
export function thirdPartiesText(): string {
  const { resolvers, dohUrls, neutralHosts } = THIRD_PARTIES;
  const asked = [
    ...resolvers.map(({ address }) => `${address}:53`),
    ...dohUrls.map(({ url, address }) => `${url} at ${address}`),
    ...neutralHosts.map((host) => `${host}:443`),
  ];
  return `--controls: if something fails, these are asked too: ${asked.join(', ')}\n`;
}
