/** Says who a run would contact, and contacts nobody. */
import { discover } from '../../agent/discover.js';
import { IdSource } from '../../probe/run-context.js';
import { discoverOptionsOf, targetsOf } from './plan-run.js';
import type { DoctorDeps } from './run-doctor.js';
import type { DoctorOptions } from './options.js';
import { THIRD_PARTIES } from './third-parties.js';

export async function listEndpoints(options: DoctorOptions, deps: DoctorDeps): Promise<string> {
  const ids = new IdSource();
  const { facts, routes } = await discover(deps.reader, discoverOptionsOf(options, deps, ids));
  const lines = ['This run would contact:'];
  for (const { host, port, leg, purpose, source } of targetsOf(facts, options, deps.documented !== undefined)) {
    lines.push(`  ${host}:${String(port)}  ${leg ?? purpose}  (${source})`);
  }
  for (const { route, origin } of routes) {
    if (route.kind !== 'direct') lines.push(`  ${route.proxy.host}:${String(route.proxy.port)}  proxy  (${origin})`);
  }
  for (const { address, port, source } of deps.resolvers ?? deps.network.resolvers) {
    lines.push(`  ${address}:${String(port)}  resolver  (${source})`);
  }
  lines.push('and the hosts that /env at the base URL names.', '');
  lines.push(
    options.controls ? 'Because of --controls, if something fails, also:' : 'Only with --controls, if something fails:',
  );
  for (const { address, source } of THIRD_PARTIES.resolvers)
    lines.push(`  ${address}:53  public resolver  (${source})`);
  for (const { url, address } of THIRD_PARTIES.dohUrls)
    lines.push(`  ${url} at ${address}  public resolver over HTTPS`);
  for (const host of THIRD_PARTIES.neutralHosts) lines.push(`  ${host}:443  unrelated host`);
  lines.push('Published addresses of the hosts above may be tried too when a name does not resolve.', '');
  return lines.map((line) => line.replaceAll(/[^\x20-\x7e]/g, '?')).join('\n');
}
