import { oneFamilyRule } from './dns-one-family.js';

export const dnsIpv6OnlyAnswer = oneFamilyRule('dns.ipv6_only_answer', 6);
