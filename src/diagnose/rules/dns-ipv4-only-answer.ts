import { oneFamilyRule } from './dns-one-family.js';

export const dnsIpv4OnlyAnswer = oneFamilyRule('dns.ipv4_only_answer', 4);
