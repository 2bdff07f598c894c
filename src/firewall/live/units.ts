/** systemd units, pure: rules at boot, and a hardened refresh on a timer. */
import type { RenderedFile } from '../../model/allow-list.js';
import { UsageError } from '../../model/errors.js';
import type { FirewallManager } from './manager.js';

export const RULES_UNIT = 'netdata-egress-rules.service';
const REFRESH_UNIT = 'netdata-egress-refresh.service';
const REFRESH_TIMER = 'netdata-egress-refresh.timer';

/** systemd splits at blanks and expands `%` and `$`: such paths are refused rather than escaped. */
function plainPath(path: string): string {
  if (!/^\/[A-Za-z0-9/._+@-]+$/.test(path))
    throw new UsageError(`${JSON.stringify(path)} cannot stand in a systemd unit`);
  return path;
}

export interface UnitInput {
  /** What the programs of the manager need; null = files only. */
  readonly needs: FirewallManager['unit'] | null;
  readonly stateDir: string;
  /** Interpreter and program: `/usr/bin/node`, `/usr/lib/…/netdata-egress.js`. */
  readonly command: readonly string[];
  /** For list targets: where the files go. */
  readonly outputDir: string | null;
}

/** Each loads its own rules at boot, and most of them empty every table first: ours come after them. */
const FIREWALLS = [
  'nftables',
  'iptables',
  'ip6tables',
  'netfilter-persistent',
  'ipset',
  'ferm',
  'firehol',
  'shorewall',
  'shorewall6',
  'ufw',
];

/** Loads the saved rules after the host's own firewall; without network or DNS. */
export function rulesUnit(target: string, stateDir: string, backend: 'nft' | 'legacy' | null): RenderedFile {
  const environment =
    backend === null ? '' : `Environment=IPTABLES=iptables-${backend} IP6TABLES=ip6tables-${backend}\n`;
  const content = `# nd-allow: egress rules for Netdata Cloud at boot
[Unit]
Description=Egress rules for Netdata Cloud (nd-allow)
DefaultDependencies=no
Wants=network-pre.target
Before=network-pre.target shutdown.target
Conflicts=shutdown.target
After=local-fs.target ${FIREWALLS.map((name) => `${name}.service`).join(' ')}

[Service]
Type=oneshot
RemainAfterExit=yes
${environment}ExecStart=/bin/sh ${plainPath(stateDir)}/rules/nd-allow-${target}.install.sh

[Install]
WantedBy=sysinit.target
`;
  return { name: RULES_UNIT, content, mode: 0o644 };
}

/** A program, state or files below a home directory must stay visible: systemd.exec(5) ProtectHome. */
function inHome({ command, stateDir, outputDir }: UnitInput): boolean {
  const paths = [...command, stateDir, ...(outputDir === null ? [] : [outputDir])];
  return paths.some((path) => /^\/(?:root|home|run\/user)\//.test(path));
}

/**
 * Lock files live in /run, which is empty after a boot, and a path that is missing when the service starts is left
 * out of ReadWritePaths: the directory has to be given. Other paths below /etc and /var are there for good.
 */
function writablePath(path: string): string {
  return path.startsWith('/run/') && path.endsWith('.lock') ? '/run' : `-${path}`;
}

/** Service and timer of the refresh. */
export function refreshUnits(input: UnitInput): readonly RenderedFile[] {
  const [program, ...args] = input.command.map(plainPath);
  const writable = [
    plainPath(input.stateDir),
    ...new Set((input.needs?.writes ?? []).map(writablePath)),
    ...(input.outputDir === null ? [] : [plainPath(input.outputDir)]),
  ];
  const service = `# nd-allow: keeps the addresses of Netdata Cloud up to date
[Unit]
Description=Refresh the egress rules for Netdata Cloud (nd-allow)
Wants=network-online.target
After=network-online.target nss-lookup.target ${RULES_UNIT}

[Service]
Type=oneshot
ExecStart=${[program, ...args, 'rules', 'refresh', '--once', '--state-dir', plainPath(input.stateDir)].join(' ')}
TimeoutStartSec=120
UMask=0077
CapabilityBoundingSet=${input.needs?.capabilities ?? ''}
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=${writable.join(' ')}
ProtectHome=${inHome(input) ? 'read-only' : 'yes'}
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=default
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
`;
  const timer = `# nd-allow: keeps the addresses of Netdata Cloud up to date
[Unit]
Description=Refresh the egress rules for Netdata Cloud every minute (nd-allow)

[Timer]
OnBootSec=30s
OnUnitInactiveSec=60s
RandomizedDelaySec=15s
AccuracySec=5s

[Install]
WantedBy=timers.target
`;
  return [
    { name: REFRESH_UNIT, content: service, mode: 0o644 },
    { name: REFRESH_TIMER, content: timer, mode: 0o644 },
  ];
}
