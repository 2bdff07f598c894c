/** The watch as a service: a hardened systemd unit and an OpenRC script. Pure. */

export const UNIT = 'netdata-egress-watch.service';
export const OPENRC = 'netdata-egress-watch';
/** The Agent's own account. */
export const SERVICE_USER = 'netdata';

/**
 * `command`: program and first arguments. It runs as the Agent's own account, reads what that may read, and needs no
 * capability at all: it only connects. Sources: systemd.exec(5), systemd.service(5), sd_notify(3).
 */
export function systemdUnit(command: readonly string[]): string {
  return `# netdata-egress: made by \`netdata-egress watch install --as systemd\`
[Unit]
Description=Watch the way from the Netdata Agent to Netdata Cloud
Documentation=man:netdata-egress(1)
Wants=network-online.target
After=network-online.target nss-lookup.target

[Service]
Type=notify
# The messages are sent by systemd-notify(1).
NotifyAccess=all
WatchdogSec=300
# One heap for all threads, given back to the system: mallopt(3).
Environment=MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=65536
ExecStart=${[...command, 'watch', '--json'].join(' ')}
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=30
# A look-up that hangs in the C library can be ended in no other way.
SuccessExitStatus=130 SIGKILL
TimeoutStopSec=5
User=${SERVICE_USER}
StateDirectory=netdata-egress-watch
StateDirectoryMode=0700
UMask=0077
Nice=10
MemoryMax=256M
TasksMax=64
CapabilityBoundingSet=
AmbientCapabilities=
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
DevicePolicy=closed
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
LockPersonality=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`;
}

/** Source: openrc-run(8), supervise-daemon(8). */
export function openrcScript(command: readonly string[]): string {
  const [program = '', ...args] = command;
  return `#!/sbin/openrc-run
# netdata-egress: made by \`netdata-egress watch install --as openrc\`
name="netdata-egress watch"
description="Watches the way from the Netdata Agent to Netdata Cloud"
supervisor="supervise-daemon"
command="${program}"
command_args="${[...args, 'watch', '--json', '--state-dir', '/var/lib/netdata-egress-watch'].join(' ')}"
command_user="${SERVICE_USER}"
supervise_daemon_args="--env MALLOC_ARENA_MAX=1 --env MALLOC_TRIM_THRESHOLD_=65536"
output_log="/var/log/netdata-egress-watch.log"
extra_started_commands="reload"
: "\${respawn_delay:=30}"

depend() {
	need net
	after dns netdata
}

start_pre() {
	checkpath --directory --mode 0700 --owner ${SERVICE_USER} /var/lib/netdata-egress-watch
	checkpath --file --mode 0640 --owner ${SERVICE_USER} /var/log/netdata-egress-watch.log
}

reload() {
	ebegin "Reloading netdata-egress watch"
	supervise-daemon "$RC_SVCNAME" --signal HUP
	eend $?
}
`;
}

/** What runs in Netdata's plugin directory. */
export function pluginScript(command: readonly string[]): string {
  const words = command.map((one) => `'${one}'`).join(' ');
  return `#!/bin/sh
# netdata-egress: made by \`netdata-egress watch install\`
export MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=65536
exec ${words} plugin "$@"
`;
}
