/** `lab list`: what the simulation can do. */
import { FAULTS } from '../../sim/faults/registry.js';
import { PROXY_BEHAVIOURS } from '../../sim/proxy/start-proxy.js';
import { SCENARIOS } from '../../sim/scenarios/registry.js';

export function labList(json: boolean): string {
  if (json) {
    const faults = FAULTS.map(({ name, title, layer, hosts, parameter }) => ({ name, title, layer, hosts, parameter }));
    return `${JSON.stringify({ scenarios: SCENARIOS, faults, proxies: PROXY_BEHAVIOURS }, null, 2)}\n`;
  }
  const scenarios = SCENARIOS.map(({ id, title }) => [id, title] as const);
  const faults = FAULTS.map(({ name, title, parameter }) => {
    return [
      parameter ? `${name}[=${parameter.default}]` : name,
      parameter ? `${title} (${parameter.meaning})` : title,
    ] as const;
  });
  const proxies = (protocol: 'http' | 'socks5'): string =>
    table(PROXY_BEHAVIOURS[protocol].map(({ id, title }) => [id, title] as const));
  return [
    `Scenarios (netdata-egress lab run NAME):\n${table(scenarios)}`,
    `Faults (--faults name[=parameter][:host], host = app, api, mqtt or all):\n${table(faults)}`,
    `HTTP proxies (--http-proxy PORT=NAME):\n${proxies('http')}`,
    `SOCKS5 proxies (--socks-proxy PORT=NAME):\n${proxies('socks5')}`,
  ].join('\n');
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, title]) => `  ${name.padEnd(width)}  ${title}\n`).join('');
}
