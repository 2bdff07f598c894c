/** Remedies that several causes share. Commands contain our own words and plain host names only. */
import { planChange } from '../agent/config-plan.js';
import { rulesFor } from '../agent/versions.js';
import type { AgentFacts } from '../model/agent.js';
import type { Blame, Remedy } from '../model/finding.js';
import type { Attempt } from '../trace/attempts.js';
import { hasChain, isGenuine, isGoodFor } from '../trace/trust.js';
import { proxyUrl } from './commands.js';
import type { Evidence } from './evidence.js';
import type { Cause } from './rule.js';
import { list, sharingDomain } from './text.js';

/** Who types at this host. */
type Here = 'host' | 'agent_config';
type Parts = Partial<Omit<Remedy, 'who' | 'text'>>;

/** Commands are for whoever reads this, at this host: what others are asked to do has none. */
export function remedy(who: Here, text: string, more?: Parts): Remedy;
export function remedy(who: Blame, text: string, more?: Omit<Parts, 'command'>): Remedy;
export function remedy(who: Blame, text: string, more: Parts = {}): Remedy {
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

/**
 * What others are asked for, with the page that tells them why. As long as this host's own rules are unread nobody is
 * asked for anything: they come first.
 */
export function byLetter({ data }: Pick<Cause, 'data'>, { commands }: Evidence, text: string): Remedy {
  if (data['ownRules'] !== 'not_read') return remedy('host', text, { command: commands.letter });
  return remedy(
    'host',
    `First let the doctor read this host's own firewall rules: they may be the cause. Then: ${text}`,
    {
      command: commands.doctorAsRoot(),
    },
  );
}

/** What passes by itself, or by the work of others: told as soon as it has. */
export function untilOk({ commands }: Evidence, text: string): Remedy {
  return remedy('host', text, { command: commands.doctor('--until-ok') });
}

/** What to ask the people who run the firewall for. */
export function askForEgress(cause: Pick<Cause, 'data'>, ev: Evidence, hosts: readonly string[], port = 443): Remedy {
  const names = hosts.length === 0 ? 'app, api and mqtt.netdata.cloud' : list(sharingDomain(hosts), 4);
  return byLetter(
    cause,
    ev,
    `Ask the network team to allow outbound TCP ${String(port)} from this host to ${names}, by name if possible. Nothing inbound is needed.`,
  );
}

/** For firewalls that know no names. */
export function addressList({ commands }: Evidence, text = ''): Remedy {
  return remedy(
    'host',
    `If their firewall knows only addresses, send this list as well, and again when it changes.${text}`,
    {
      command: commands.rules('csv'),
    },
  );
}

/** Settings and trust are read once: the daemon must be started again. */
export function restartAgent({ commands }: Evidence, why: string): Remedy {
  return remedy('agent_config', why, { command: commands.restart, needsRestart: true });
}

/**
 * Where to tell the Agent about a proxy: where this Agent, in its state, reads it (claim.conf before it is claimed,
 * cloud.conf afterwards, netdata.conf where that one stands in front, the environment that it claims from).
 */
export function tellAgentProxy({ agent, commands }: Evidence, proxy: string, text: string): Remedy {
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
  return remedy('agent_config', twice ? `${text} Restart it once more after the claim.` : text, {
    lines: [place],
    command: commands.restart,
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
    const url = proxyUrl(entry.route);
    // How a name is looked up is the proxy's matter wherever it can be.
    if (url !== null) return url.replace(/^socks5:/, 'socks5h:');
  }
  return 'http://PROXY:PORT';
}

/** The genuine service answered at the other end of this way. */
function opened({ tls, routeId }: Attempt, ev: Evidence): boolean {
  return routeId !== 'direct' && (isGenuine(tls) || (hasChain(tls) && isGoodFor(tls, ev.agent.legs.env)));
}
