/** Where Agents are installed: one row for each way in which people get one. Data only. */

type LayoutKind = 'native' | 'static' | 'other' | 'windows';

export interface Layout {
  readonly id: 'package' | 'static' | 'prefix' | 'freebsd' | 'homebrew_arm' | 'homebrew_intel' | 'entware' | 'windows';
  readonly kind: LayoutKind;
  /** As `process.platform` spells them; none = any. */
  readonly platforms?: readonly string[];
  readonly configDir: string;
  readonly stockDir: string;
  readonly libDir: string;
  readonly logDir: string;
  /** In the order in which they are looked for. */
  readonly binaries: readonly string[];
  /** Account that the Agent drops to; null = the one that starts it. */
  readonly user: string | null;
  /** Starts the Agent again. */
  readonly restart: string;
}

export const SYSTEMD_RESTART = 'sudo systemctl restart netdata';

/** Where a static build keeps the daemon itself; `bin/netdata` beside it is a script. */
const STATIC_BINARY = 'bin/srv/netdata';
const BELOW_PREFIX = ['usr/sbin/netdata', 'bin/netdata', 'sbin/netdata'];

/** Everything below one directory: static builds, and installations made with `--install-prefix`. */
function below(prefix: string, kind: 'static' | 'other'): Layout {
  return {
    id: kind === 'static' ? 'static' : 'prefix',
    kind,
    configDir: `${prefix}/etc/netdata`,
    stockDir: `${prefix}/usr/lib/netdata/conf.d`,
    libDir: `${prefix}/var/lib/netdata`,
    logDir: `${prefix}/var/log/netdata`,
    binaries: (kind === 'static' ? [STATIC_BINARY] : BELOW_PREFIX).map((name) => `${prefix}/${name}`),
    user: 'netdata',
    restart: SYSTEMD_RESTART,
  };
}

/** The Windows package: the tree of the POSIX build, below one directory. */
function windowsBelow(prefix: string): Layout {
  return {
    ...below(prefix, 'other'),
    id: 'windows',
    kind: 'windows',
    binaries: [`${prefix}/usr/bin/netdata.exe`, `${prefix}/bin/netdata.exe`],
    user: null,
    restart: 'Restart-Service Netdata',
  };
}

const PACKAGE: Layout = {
  id: 'package',
  kind: 'native',
  configDir: '/etc/netdata',
  stockDir: '/usr/lib/netdata/conf.d',
  libDir: '/var/lib/netdata',
  logDir: '/var/log/netdata',
  binaries: ['/usr/sbin/netdata', '/usr/bin/netdata'],
  user: 'netdata',
  restart: SYSTEMD_RESTART,
};

function homebrew(id: 'homebrew_arm' | 'homebrew_intel', prefix: string): Layout {
  return {
    id,
    kind: 'other',
    platforms: ['darwin'],
    configDir: `${prefix}/etc/netdata`,
    stockDir: `${prefix}/opt/netdata/lib/netdata/conf.d`,
    libDir: `${prefix}/var/lib/netdata`,
    logDir: `${prefix}/var/log/netdata`,
    binaries: [`${prefix}/sbin/netdata`, `${prefix}/bin/netdata`],
    user: null,
    restart: 'brew services restart netdata',
  };
}

/** The first row of those that are there is the default. */
export const LAYOUTS: readonly Layout[] = [
  PACKAGE,
  below('/opt/netdata', 'static'),
  // `--install-prefix /opt` puts an ordinary build where the static one would be.
  below('/opt/netdata', 'other'),
  below('/usr/local/netdata', 'other'),
  {
    id: 'freebsd',
    kind: 'other',
    platforms: ['freebsd'],
    configDir: '/usr/local/etc/netdata',
    stockDir: '/usr/local/lib/netdata/conf.d',
    libDir: '/var/db/netdata',
    logDir: '/var/log/netdata',
    binaries: ['/usr/local/sbin/netdata'],
    user: 'netdata',
    restart: 'sudo service netdata restart',
  },
  homebrew('homebrew_arm', '/opt/homebrew'),
  homebrew('homebrew_intel', '/usr/local'),
  {
    id: 'entware',
    kind: 'other',
    configDir: '/opt/etc/netdata',
    stockDir: '/opt/lib/netdata/conf.d',
    libDir: '/opt/var/lib/netdata',
    logDir: '/opt/var/log/netdata',
    binaries: ['/opt/sbin/netdata'],
    user: null,
    restart: '/opt/etc/init.d/S60netdata restart',
  },
];

/** Rows that can hold on a platform. A copied tree may come from any: what has no platform is always looked for. */
export function layoutsOn(platform: string): readonly Layout[] {
  return LAYOUTS.filter(({ platforms }) => platforms === undefined || platforms.includes(platform));
}

/** What an installation below `prefix` can be, in the order in which it is tried. */
export function layoutsBelow(prefix: string): readonly Layout[] {
  return [below(prefix, 'static'), windowsBelow(prefix), below(prefix, 'other')];
}

/** The prefix of a program of an installation below one directory; null for a program of the distribution. */
export function prefixOf(program: string): string | null {
  const match = /^(?<prefix>\/.+?)\/(?:bin\/srv|usr\/sbin|usr\/bin|s?bin)\/netdata(?:\.exe)?$/.exec(program);
  const prefix = match?.groups?.['prefix'];
  return prefix === undefined || prefix === '/usr' || prefix === '/usr/local' ? null : prefix;
}

/** Systems that start services in a way of their own, told by a file that only they have. */
export const HOST_FLAVOURS: readonly { readonly file: string; readonly title: string; readonly restart: string }[] = [
  { file: '/etc/synoinfo.conf', title: 'Synology DSM', restart: 'sudo /etc/rc.netdata restart' },
  { file: '/etc/openwrt_release', title: 'OpenWrt', restart: '/etc/init.d/netdata restart' },
  { file: '/data/freenas-v1.db', title: 'TrueNAS', restart: 'sudo service netdata restart' },
  { file: '/etc/alpine-release', title: 'Alpine Linux', restart: 'sudo rc-service netdata restart' },
];
