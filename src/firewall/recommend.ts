/** Which rule targets fit a host, and why: facts in, targets with their commands out. */
import { findTarget } from './registry.js';
import type { Cloud, HostFacts, System } from './live/surroundings.js';

interface Recommendation {
  readonly target: string;
  /** `here`: on this machine. `outside`: on the machine or in the cloud that it runs in. */
  readonly where: 'here' | 'outside';
  /** One sentence: what was seen. */
  readonly why: string;
  /** As typed. */
  readonly command: string;
}

export interface Advice {
  readonly targets: readonly Recommendation[];
  /** What a reader has to know besides: nothing filters, two firewalls at once, not checked. */
  readonly notes: readonly string[];
}

const CLOUD_TARGETS: Readonly<Record<Cloud, { readonly name: string; readonly targets: readonly string[] }>> = {
  aws: { name: 'Amazon EC2', targets: ['aws-security-group', 'aws-network-firewall'] },
  azure: { name: 'Microsoft Azure', targets: ['azure-nsg', 'azure-firewall'] },
  gcp: { name: 'Google Cloud', targets: ['gcp-fqdn'] },
  oci: { name: 'Oracle Cloud', targets: ['oci-nsg'] },
};

function recommend(target: string, why: string, where: Recommendation['where'] = 'here', more = ''): Recommendation {
  const live = where === 'here' && findTarget(target).capabilities.live === true;
  const command = live ? `apply ${target}${more}` : `${target}${more} --output-dir out`;
  return { target, where, why, command: `netdata-egress rules ${command}` };
}

/** What runs here under a name of its own decides before anything that is only a kernel interface. */
const OF_SYSTEM: Partial<Record<System, readonly [target: string, why: string]>> = {
  openwrt: ['openwrt', 'this is OpenWrt: its firewall makes the rules from its own configuration'],
  vyos: ['vyos', 'this is VyOS: a commit replaces rules that are not in its configuration'],
  proxmox: ['proxmox', 'this is a node of Proxmox VE, which has a firewall of its own'],
  windows: ['windows', 'this is Windows'],
  macos: ['pf', 'this is macOS, which filters with pf where it filters by address'],
};

function ofSystem({ system, bsd }: HostFacts): Recommendation[] {
  const own = OF_SYSTEM[system];
  if (own !== undefined) return [recommend(...own)];
  return bsd.map((id) => recommend(id, `${id} is switched on`));
}

function ofDetection({ detection, system }: HostFacts): Recommendation[] {
  if (detection?.suggestion == null || system !== 'linux') return [];
  const { suggestion, managers, backend } = detection;
  const seen = managers.find(({ id }) => id === suggestion) ?? managers.find(({ role }) => role === 'kernel');
  const more = suggestion === 'iptables' && backend !== null ? ` --backend ${backend}` : '';
  return [recommend(suggestion, seen === undefined ? 'it filters this host' : seen.evidence, 'here', more)];
}

function ofContainers({ inside, docker }: HostFacts): Recommendation[] {
  if (inside === 'kubernetes')
    return [
      recommend('network-policy', 'this runs in a pod: policies of the cluster decide', 'outside'),
      recommend('cilium', 'the same by names, where the cluster runs Cilium', 'outside'),
      recommend('antrea', 'the same by names, where the cluster runs Antrea', 'outside'),
    ];
  if (inside === 'docker')
    return [
      recommend('docker-user', 'this runs in a container of Docker: chain DOCKER-USER of its host decides', 'outside'),
      recommend('docker-nftables', 'the same where Docker 29 or newer filters with nftables', 'outside'),
    ];
  if (docker === 'iptables')
    return [recommend('docker-user', 'Docker runs here: what its containers send passes DOCKER-USER, not OUTPUT')];
  if (docker === 'nftables')
    return [recommend('docker-nftables', 'Docker runs here with nftables: what its containers send is forwarded')];
  return [];
}

function notesFor(facts: HostFacts, targets: readonly Recommendation[]): string[] {
  const { detection, system, inside } = facts;
  const notes: string[] = [];
  const fronts = detection?.managers.filter(({ role }) => role === 'front_end').map(({ id }) => id) ?? [];
  if (fronts.length > 1) notes.push(`${fronts.join(' and ')} run at once: switch one off, then ask again.`);
  if (detection?.mixedBackends === true)
    notes.push('Both iptables backends hold rules, and a packet passes both: say --backend nft or --backend legacy.');
  if (inside === 'podman' || inside === 'container')
    notes.push('This runs in a container: look on its host, whose rules decide as well.');
  for (const text of detection?.notChecked ?? []) notes.push(`Not checked: ${text}. Run it as root.`);
  const here = targets.some(({ where }) => where === 'here');
  if (!here && inside === null && notes.length === 0)
    notes.push(
      system === 'linux' && detection !== null && detection.managers.length === 0
        ? 'Nothing filters on this host: it needs no rules. For a default-deny of its own: netdata-egress rules apply nftables --mode enforce'
        : 'No firewall that we know was found here: rules --list shows all targets.',
    );
  return notes;
}

/** The nearest first: this machine, its containers, then what stands around it. */
export function advise(facts: HostFacts): Advice {
  const around =
    facts.cloud === null
      ? []
      : CLOUD_TARGETS[facts.cloud.id].targets.map((target) =>
          recommend(
            target,
            `this machine is in ${CLOUD_TARGETS[facts.cloud?.id ?? 'aws'].name} (${facts.cloud?.evidence ?? ''})`,
            'outside',
          ),
        );
  const targets = [...ofSystem(facts), ...ofDetection(facts), ...ofContainers(facts), ...around];
  return { targets, notes: notesFor(facts, targets) };
}
