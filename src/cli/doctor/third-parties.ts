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
