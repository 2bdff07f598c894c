/** Every scenario, in the order `lab list` prints them. One file per theme, one line here. */
import { DNS_SCENARIOS } from './dns.js';
import { HEALTHY_SCENARIOS } from './healthy.js';
import { HTTP_SCENARIOS } from './http.js';
import { LINK_SCENARIOS } from './link.js';
import { PROXY_SCENARIOS } from './proxy.js';
import type { Scenario } from './scenario.js';
import { TCP_SCENARIOS } from './tcp.js';
import { TLS_SCENARIOS } from './tls.js';

export const SCENARIOS: readonly Scenario[] = [
  ...HEALTHY_SCENARIOS,
  ...DNS_SCENARIOS,
  ...TCP_SCENARIOS,
  ...TLS_SCENARIOS,
  ...HTTP_SCENARIOS,
  ...LINK_SCENARIOS,
  ...PROXY_SCENARIOS,
];

export function findScenario(id: string): Scenario | null {
  return SCENARIOS.find((scenario) => scenario.id === id) ?? null;
}
