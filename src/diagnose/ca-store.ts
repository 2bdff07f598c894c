/** How the certificates of a host, a container or a static build are brought up to date. Commands are our own words. */
import type { Distribution } from '../model/agent.js';
import type { Remedy } from '../model/finding.js';
import type { Evidence } from './evidence.js';
import { remedy } from './remedies.js';

interface Update {
  /** As root, without sudo. */
  readonly root: string;
  /** sudo is not there by default. */
  readonly bare?: true;
}

/** Installs the newest package and writes the store anew, so that it mends a missing, an old and a pruned one alike. */
const UPDATES: Readonly<Record<Distribution, Update>> = {
  debian: {
    root: 'apt-get update && apt-get install -y --reinstall ca-certificates && update-ca-certificates --fresh',
  },
  rhel: { root: 'yum -y install ca-certificates && yum -y update ca-certificates && update-ca-trust extract' },
  suse: {
    root: 'zypper refresh && zypper -n install ca-certificates ca-certificates-mozilla && update-ca-certificates',
  },
  alpine: { root: 'apk add -U --upgrade ca-certificates ca-certificates-bundle && update-ca-certificates', bare: true },
  arch: { root: 'pacman -Sy --noconfirm ca-certificates ca-certificates-mozilla && update-ca-trust' },
  openwrt: { root: 'opkg update && opkg install --force-reinstall ca-bundle ca-certificates', bare: true },
};

/** Entries that an administrator, or a hardening guide, has taken out stay out until they are put back. */
const PRUNED: Partial<Readonly<Record<Distribution, readonly [text: string, command: string]>>> = {
  debian: [
    'If somebody or a hardening script deselected the root, its line in /etc/ca-certificates.conf begins with "!":',
    "grep '^!' /etc/ca-certificates.conf",
  ],
  rhel: [
    'If somebody or a hardening script distrusted the root, it is in one of these directories:',
    'ls /etc/pki/ca-trust/source/blacklist /etc/pki/ca-trust/source/blocklist /usr/share/pki/ca-trust-source/blocklist',
  ],
};

/** @param ownStore the static build looks into a store of its own, and the system's is not to blame */
export function updateCaStore({ agent, commands }: Evidence, ownStore = false): readonly Remedy[] {
  const { kind, distribution = null, inside } = agent.installation;
  const { restart } = commands;
  if (kind === 'container') return ofContainer(distribution, inside ?? 'docker exec -u 0 CONTAINER', restart);
  if (kind === 'static' && ownStore) return [ofStatic()];
  const also = kind === 'static' ? [ofStatic()] : [];
  if (distribution === null) return [...ofUnknown(restart), ...also];
  const pruned = PRUNED[distribution];
  return [
    remedy('host', 'Update the public root certificates of this host, then restart the Agent.', {
      command: `${asRoot(UPDATES[distribution])}; ${restart}`,
      needsRestart: true,
    }),
    ...(pruned === undefined ? [] : [remedy('host', pruned[0], { command: pruned[1] })]),
    ...also,
  ];
}

interface Anchors {
  /** Directory for roots of one's own; the file in it. */
  readonly file: string;
  /** Makes the store anew, as root. */
  readonly root: string;
}

/**
 * Where an administrator's own roots go: update-ca-certificates(8) of Debian, SUSE and Alpine, update-ca-trust(8) of
 * Fedora and Arch; OpenWrt has one bundle.
 */
const ANCHORS: Readonly<Record<Exclude<Distribution, 'openwrt'>, Anchors>> = {
  debian: { file: '/usr/local/share/ca-certificates/own-root.crt', root: 'update-ca-certificates' },
  rhel: { file: '/etc/pki/ca-trust/source/anchors/own-root.pem', root: 'update-ca-trust extract' },
  suse: { file: '/etc/pki/trust/anchors/own-root.pem', root: 'update-ca-certificates' },
  alpine: { file: '/usr/local/share/ca-certificates/own-root.crt', root: 'update-ca-certificates' },
  arch: { file: '/etc/ca-certificates/trust-source/anchors/own-root.crt', root: 'update-ca-trust' },
};

/**
 * One more root in the store that the link looks into, and the Agent restarted.
 *
 * @param what what the file holds
 */
export function installRoot(
  { agent, commands }: Evidence,
  text: string,
  what = 'the root certificate of the inspection, PEM',
): Remedy {
  const { kind, distribution = null, inside } = agent.installation;
  const { restart } = commands;
  const link = agent.trustStores.find(({ id }) => id === agent.legs.link.trustStoreId);
  const bundle = link?.paths.find((path) => /\.(?:pem|crt)$/u.test(path));
  // Stores that no command of the distribution writes: a static build's own, and the one bundle of OpenWrt.
  if (kind === 'static' || distribution === 'openwrt')
    return remedy('host', text, {
      lines: [
        {
          file: bundle ?? (kind === 'static' ? '/opt/netdata/etc/ssl/cert.pem' : '/etc/ssl/certs/ca-certificates.crt'),
          text: `after what is there: ${what}`,
        },
      ],
      command: restart,
      needsRestart: true,
    });
  const { file, root } = ANCHORS[distribution ?? 'debian'];
  const command =
    kind === 'container' && inside !== undefined
      ? `${inside} ${root} && ${restart}`
      : `${distribution === 'alpine' ? '' : 'sudo '}${root} && ${restart}`;
  return remedy('host', kind === 'container' ? `${text} Put the file into the container.` : text, {
    lines: [{ file, text: what }],
    command,
    needsRestart: true,
  });
}

function asRoot({ root, bare }: Update): string {
  return bare === true ? root : root.replace(/^|(?<=&& )/gu, 'sudo ');
}

function ofContainer(distribution: Distribution | null, inside: string, restart: string): readonly Remedy[] {
  const { root } = UPDATES[distribution ?? 'debian'];
  return [
    remedy(
      'host',
      "The store is the container's, not the host's: pull a newer image and recreate the container from it.",
      { command: 'docker pull netdata/netdata:stable', needsRestart: true },
    ),
    remedy('host', 'Until then, update the store inside the container and restart it.', {
      command: `${inside} sh -c '${root}' && ${restart}`,
      needsRestart: true,
    }),
  ];
}

function ofStatic(): Remedy {
  return remedy(
    'host',
    'The static build of the Agent has its own store in /opt/netdata/etc/ssl. An update of the Agent renews it and restarts the Agent.',
    { command: 'sudo /opt/netdata/usr/libexec/netdata/netdata-updater.sh', needsRestart: true },
  );
}

function ofUnknown(restart: string): readonly Remedy[] {
  return [
    remedy('host', 'Update the package with the public root certificates, then restart the Agent. With apt:', {
      command: `${asRoot(UPDATES.debian)}; ${restart}`,
      needsRestart: true,
    }),
    remedy('host', 'The same on RPM systems, with a restart of the Agent:', {
      command: `${asRoot(UPDATES.rhel)}; ${restart}`,
      needsRestart: true,
    }),
  ];
}
