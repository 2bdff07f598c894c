/** Remedies that several causes share. Commands contain our own words and plain host names only. */
import type { AgentFacts } from '../model/agent.js';
import type { Blame, Remedy } from '../model/finding.js';

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

export function restartAgent(why: string): Remedy {
  return remedy('agent_config', why, { command: RESTART, needsRestart: true });
}

/** Where to tell the Agent about a proxy: claim.conf before it is claimed, cloud.conf afterwards. */
export function tellAgentProxy(agent: AgentFacts, proxy: string, text: string): Remedy {
  const claimed = agent.claimed === true;
  const file = claimed ? `${agent.installation.cloudDir}/cloud.conf` : `${agent.installation.configDir}/claim.conf`;
  return remedy('agent_config', text, {
    lines: [{ file, text: `[global]\n    proxy = ${proxy}` }],
    command: RESTART,
    needsRestart: true,
  });
}
