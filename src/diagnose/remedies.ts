/** Remedies that several causes share. Commands contain our own words and plain host names only. */
import { planChange } from '../agent/config-plan.js';
import { rulesFor } from '../agent/versions.js';
import type { AgentFacts } from '../model/agent.js';
import type { Blame, Remedy } from '../model/finding.js';
import type { Attempt } from '../trace/attempts.js';
import { hasChain, isGenuine, isGoodFor } from '../trace/trust.js';
import type { Evidence } from './evidence.js';

export function remedy(who: Blame, text: string, more: Partial<Omit<Remedy, 'who' | 'text'>> = {}): Remedy {
  return {
    who,
    text,
    lines: more.lines ?? [],
    command: more.command ?? null,
    needsRestart: more.needsRestart ?? false,
  };
}

/** A host name that may stand in a command line; anything else is replaced by a placeholder. */
export function safeHost(host: string | undefined): string {
  return host !== undefined && /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/u.test(host) ? host : 'HOST';
}

export function safeAddress(address: string | undefined | null): string {
  return address != null && /^[0-9A-Fa-f:.]{2,45}$/u.test(address) ? address : 'ADDRESS';
}

/** A question by hand to one resolver, or to the default one. */
export function digCommand(resolver: string | undefined, host: string | undefined, ...more: readonly string[]): string {
  const [address, port] = (resolver ?? '').split('#');
  const server =
    resolver === undefined
      ? []
      : [`@${safeAddress(address)}`, ...(port === undefined ? [] : ['-p', String(Number(port))])];
  return ['dig', ...server, ...more, safeHost(host), 'A'].join(' ');
}

/** What to ask the people who run the firewall for. */
export function askForEgress(hosts: readonly string[], port = 443): Remedy {
  const names = hosts.length === 0 ? 'app.netdata.cloud, api.netdata.cloud and mqtt.netdata.cloud' : hosts.join(', ');
  return remedy(
    'network',
    `Ask the network team to allow outbound TCP ${String(port)} from this host to ${names}, by name where the firewall can do that. ` +
      'The connections are opened from here; nothing has to be opened inbound. The letter has what they need to know.',
    { command: 'netdata-egress doctor --letter' },
  );
}

export function renderRules(target = 'nftables'): Remedy {
  return remedy('host', 'Print the rules for your firewall or proxy, with the addresses as they resolve from here.', {
    command: `netdata-egress rules ${target}`,
  });
}

/** Settings and trust are read once: the daemon must be started again. */
export const RESTART = 'sudo systemctl restart netdata';

/** Makes a running Agent of version 2 or newer read its claim anew, and claim. */
export const RELOAD = 'sudo netdatacli reload-claiming-state';

export function restartAgent(why: string): Remedy {
  return remedy('agent_config', why, { command: RESTART, needsRestart: true });
}

/**
 * Where to tell the Agent about a proxy: where this Agent, in its state, reads it (claim.conf before it is claimed,
 * cloud.conf afterwards, netdata.conf where that one stands in front, the environment that it claims from).
 */
export function tellAgentProxy(agent: AgentFacts, proxy: string, text: string): Remedy {
  const plan = planChange(agent, { key: 'proxy', value: proxy });
  const { cloudDir, configDir } = agent.installation;
  const unclaimed = agent.claimed !== true;
  const place =
    plan.kind === 'edit'
      ? { file: plan.change.path, text: `[${plan.change.section}]\n    proxy = ${proxy}` }
      : claimsFromEnvironment(agent)
        ? { file: "the environment of the Agent's service or container", text: `NETDATA_CLAIM_PROXY=${proxy}` }
        : {
            file: unclaimed ? `${configDir}/claim.conf` : `${cloudDir}/cloud.conf`,
            text: `[global]\n    proxy = ${proxy}`,
          };
  // At its start an Agent fixes the link's proxy before it claims: the start that claims is one too early.
  const twice = unclaimed && agent.installation.found && rulesFor(agent.version.value).proxyFrozenBeforeClaim;
  return remedy('agent_config', twice ? `${text} Once it has claimed with it, restart it once more.` : text, {
    lines: [place],
    command: RESTART,
    needsRestart: true,
  });
}

function claimsFromEnvironment({ settings }: AgentFacts): boolean {
  return settings.some(({ key, source }) => key === 'claim.token' && source.kind === 'environment');
}

/**
 * The proxy to write down: one through which the genuine service answered in this run, else one that the Agent's
 * settings or the host name. A login is left to the reader; placeholders where nothing is known.
 */
export function proxyToWrite(ev: Evidence): string {
  const entries = [
    ...ev.attempts.filter((attempt) => opened(attempt, ev)).map(({ routeId }) => ev.route(routeId)),
    ...ev.input.routes,
  ];
  for (const entry of entries) {
    if (entry === null || (entry.route.kind !== 'http_connect' && entry.route.kind !== 'socks5')) continue;
    const { host, port, credentials } = entry.route.proxy;
    if (!/^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/u.test(host) || host.endsWith('.invalid')) continue;
    const scheme = entry.route.kind === 'socks5' ? 'socks5h' : 'http';
    const login = credentials === 'present' ? 'USER:PASSWORD@' : '';
    return `${scheme}://${login}${host}:${String(port)}`;
  }
  return 'http://PROXY:PORT';
}

/** The genuine service answered at the other end of this way. */
function opened({ tls, routeId }: Attempt, ev: Evidence): boolean {
  return routeId !== 'direct' && (isGenuine(tls) || (hasChain(tls) && isGoodFor(tls, ev.agent.legs.env)));
}
