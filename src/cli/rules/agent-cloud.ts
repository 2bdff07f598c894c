/**
 * Which cloud the rules are for: the base URL that the Agent of this host reads, or the one that was asked for. Another
 * cloud than the public one has names of its own, and only its /env tells those of the sign-in and of the link.
 */
import { isIP } from 'node:net';
import { APP_HOST } from '../../catalog/hosts.js';
import type { HostReader } from '../../agent/reader.js';
import { UsageError } from '../../model/errors.js';
import type { Purpose } from '../../model/target.js';
import { wantedHosts, type WantedHost } from '../../firewall/allow-list.js';
import { discoverWith } from '../config/options.js';
import { createHostReader } from '../host-reader.js';

export interface CloudHosts {
  readonly hosts: readonly WantedHost[];
  /** What is missing from them, our words; null = complete. */
  readonly incomplete: string | null;
}

interface BaseUrl {
  readonly host: string;
  readonly port: number;
  /** `--url`, or the file or variable that names it. */
  readonly source: string;
}

function given(url: string): BaseUrl {
  const { hostname, port, protocol } = new URL(url);
  const fallback = protocol === 'http:' ? 80 : 443;
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? fallback : Number(port), source: '--url' };
}

async function ofAgent(reader: HostReader): Promise<BaseUrl | null> {
  const { facts } = await discoverWith(reader, {});
  const { host, port, hostSource } = facts.legs.claim;
  return host === '' || hostSource.kind === 'default' ? null : { host, port, source: hostSource.name };
}

/** Throws UsageError for a base URL that names an address: rules go by names. */
export async function cloudHosts(
  purposes: readonly Purpose[],
  url: string | null,
  reader: HostReader = createHostReader(),
): Promise<CloudHosts> {
  const documented = wantedHosts(purposes);
  const base = url === null ? await ofAgent(reader) : given(url);
  if (base === null || base.host.toLowerCase() === APP_HOST) return { hosts: documented, incomplete: null };
  if (isIP(base.host) !== 0)
    throw new UsageError(
      `the base URL of ${base.source} names the address ${base.host}: give the hosts with --from-list`,
    );
  const own = { fqdn: base.host.toLowerCase(), ports: [base.port], purpose: 'claim', required: true } as const;
  return {
    hosts: [own, ...documented.filter((host) => !host.required)],
    incomplete: `the base URL is of another cloud (${own.fqdn}): its /env names the hosts of sign-in and link, and was not asked`,
  };
}
