import packageJson from '../../../package.json' with { type: 'json' };

/**
 * Programs of others that we print, and what of them we know: an option or word that is not in this table is one that
 * nobody has tried. Each row is read from the program's own manual page.
 */
export interface Known {
  /** Options without a value; of one letter also joined (`-vz`). */
  readonly flags?: readonly string[];
  /** Options with a value, joined or as the next word. */
  readonly valued?: readonly string[];
  /** What every other word must look like. */
  readonly words?: RegExp;
  readonly least?: number;
  /** The first word decides. */
  readonly verbs?: Readonly<Record<string, Known>>;
  /** What follows is a command line of its own, behind this many words. */
  readonly runs?: number;
}

const HOST = /^[A-Za-z0-9.:_-]+$/;
const PATH = /^[\w./~*-]+$/;
const ANY = /[^]*/;
/** Scripts of package.json. */
const SCRIPT = new RegExp(`^(?:${Object.keys(packageJson.scripts).join('|')})$`);
const NONE: Known = { words: /^$/ };
const UNIT: Known = { words: /^[\w@.-]+$/, least: 1 };

export const PROGRAMS: Readonly<Record<string, Known>> = {
  '/etc/init.d/netdata': { words: /^restart$/, least: 1 },
  '/etc/rc.netdata': { words: /^restart$/, least: 1 },
  '/opt/etc/init.d/S60netdata': { words: /^restart$/, least: 1 },
  '/opt/netdata/usr/libexec/netdata/netdata-updater.sh': NONE,
  apk: { verbs: { add: { flags: ['-U', '--upgrade'], words: /^[a-z-]+$/, least: 1 } } },
  'apt-get': { verbs: { update: NONE, install: { flags: ['-y', '--reinstall'], words: /^[a-z-]+$/, least: 1 } } },
  awk: { valued: ['-F'], words: ANY, least: 1 },
  brew: { verbs: { services: { verbs: { restart: UNIT } } } },
  cat: { flags: ['-A'], words: PATH },
  cd: { words: PATH, least: 1 },
  chmod: { words: /^(?:\d{3}|\+x|[\w./-]+)$/, least: 2 },
  chown: { words: /^[\w./:@-]+$/, least: 2 },
  chronyc: { words: /^tracking$/, least: 1 },
  envoy: { valued: ['-c'], words: /^$/ },
  cntlm: { flags: ['-I'], valued: ['-M'], words: /^$/ },
  cp: { words: PATH, least: 2 },
  curl: {
    flags: ['-v', '-s', '-S', '-I', '-k', '--http1.1', '-4', '-6', '-i', '-N'],
    valued: [
      '-x',
      '-A',
      '-H',
      '-o',
      '-w',
      '-d',
      '-X',
      '-m',
      '--proxy-user',
      '--resolve',
      '--connect-to',
      '--max-time',
      '--cacert',
      '--noproxy',
      '-T',
    ],
    words: /^https?:\/\/\S+$/,
    least: 1,
  },
  date: { flags: ['-u'], words: /^$/ },
  df: { flags: ['-h'], words: PATH, least: 1 },
  dig: { valued: ['-p'], words: /^(?:@[\w.:$]+|\+[a-z=0-9]+|[\w.-]+)$/, least: 1 },
  docker: {
    verbs: {
      restart: { words: /^(?:[0-9a-f]{12}|CONTAINER)$/, least: 1 },
      exec: { valued: ['-u'], runs: 1 },
      pull: { words: /^[\w./:-]+$/, least: 1 },
    },
  },
  echo: { words: ANY },
  env: NONE,
  'firewall-cmd': { flags: ['--state', '--reload', '--list-all'], words: /^$/ },
  getent: { verbs: { ahosts: { words: HOST, least: 1 }, passwd: { words: HOST, least: 1 } } },
  grep: { flags: ['-n', '-i', '-c', '-o', '-E', '-q'], valued: ['-e', '-A'], words: ANY, least: 0 },
  gh: { verbs: { attestation: { verbs: { verify: { valued: ['--repo'], words: PATH, least: 1 } } } } },
  head: { flags: ['-3', '-5', '-20', '-40', '-60'], valued: ['-n', '-c'], words: PATH },
  id: { flags: ['-u'], words: /^\w+$/ },
  ip: {
    flags: ['-4', '-6'],
    verbs: {
      route: {
        words: /^(?:show|get|default|table|all|type|blackhole|prohibit|unreachable|uid|EXPANDED|[\d.a-fA-F:]+|[A-Z]+)$/,
      },
      rule: { words: /^show$/ },
      neigh: NONE,
      addr: NONE,
      link: { words: /^show$/ },
      netns: { words: /^list$/ },
    },
  },
  iptables: iptables(),
  'iptables-legacy': iptables(),
  ip6tables: iptables(),
  'ip6tables-legacy': iptables(),
  journalctl: { valued: ['-u', '-g', '-n', '--since', '--namespace'], words: /^MESSAGE_ID=[0-9a-f]{32}$/ },
  'ansible-inventory': { flags: ['--list'], words: /^$/ },
  'ansible-playbook': { valued: ['-i', '-e'], words: /^netdata_egress\.fleet\.(?:doctor|rules)$/, least: 1 },
  kubectl: {
    valued: ['-n'],
    verbs: {
      get: { valued: ['-o'], words: /^nodes$/, least: 1 },
      rollout: { verbs: { restart: { words: /^(?:daemonset|deployment|statefulset)\/[\w-]+$/, least: 1 } } },
      exec: { runs: 2 },
    },
  },
  mkdir: { flags: ['-p'], words: PATH, least: 1 },
  man: { flags: ['-l'], words: /^(?:-|[\w./-]+)$/, least: 1 },
  ls: { flags: ['-l', '-L', '-d', '-a', '--time-style=full-iso'], words: PATH, least: 0 },
  lsns: { valued: ['--type'], words: /^$/ },
  mv: { words: PATH, least: 2 },
  nc: { flags: ['-v', '-z', '-u'], valued: ['-w'], words: /^(?:[\w.:$-]+)$/, least: 2 },
  netdata: { flags: ['-V'], valued: ['-W'], words: /^$/ },
  netdatacli: {
    verbs: { 'aclk-state': { words: /^json$/ }, 'reload-claiming-state': NONE },
  },
  npm: { verbs: { ci: NONE, start: NONE, test: NONE, run: { words: SCRIPT, least: 1 } } },
  nft: {
    flags: ['-a', '-c', '-j'],
    valued: ['-f'],
    words: /^(?:list|ruleset|(?:insert|add) rule (?:inet|ip6?) \S+ \S+ .* accept)$/,
  },
  openssl: {
    verbs: {
      s_client: {
        flags: [
          '-showcerts',
          '-quiet',
          '-tls1_2',
          '-tls1_3',
          '-noservername',
          '-msg',
          '-verify_return_error',
          '-brief',
          '-ign_eof',
        ],
        valued: ['-connect', '-servername', '-CAfile', '-CApath', '-proxy', '-groups', '-curves', '-alpn'],
        words: /^$/,
      },
      x509: {
        flags: ['-noout', '-dates', '-text', '-subject', '-issuer'],
        valued: ['-in', '-ext', '-checkend'],
        words: /^$/,
      },
      version: { flags: ['-d'], words: /^$/ },
      crl2pkcs7: { flags: ['-nocrl'], valued: ['-certfile'], words: /^$/ },
      pkcs7: { flags: ['-print_certs', '-noout'], words: /^$/ },
      verify: { valued: ['-CAfile'], words: PATH },
    },
  },
  opkg: { verbs: { update: NONE, install: { flags: ['--force-reinstall'], words: /^[a-z-]+$/, least: 1 } } },
  pacman: { flags: ['-Sy', '--noconfirm'], words: /^[a-z-]+$/, least: 1 },
  pgrep: { flags: ['-o', '-x'], words: /^\w+$/, least: 1 },
  pidof: { flags: ['-s'], words: /^\w+$/, least: 1 },
  ping: { flags: ['-4', '-6'], valued: ['-M', '-s', '-c'], words: HOST, least: 1 },
  podman: {
    verbs: {
      restart: { words: /^[0-9a-f]{12}$/, least: 1 },
      exec: { valued: ['-u'], runs: 1 },
      run: { words: ANY, flags: ['--rm', '--read-only'], valued: ['--network', '--cap-drop'] },
    },
  },
  printf: { words: ANY, least: 1 },
  px: { flags: ['--password'], words: /^$/ },
  'rc-service': { words: /^(?:netdata|restart)$/, least: 2 },
  readlink: { flags: ['-f'], words: PATH, least: 1 },
  resolvectl: { words: /^(?:status|query)$|^[\w.-]+$/, least: 1 },
  service: { words: /^(?:netdata|restart|status)$/, least: 2 },
  scp: { flags: ['-r'], words: /^[\w./:@-]+$/, least: 2 },
  sh: { flags: [], valued: ['-c'], words: ANY, least: 0 },
  sha256sum: { flags: ['--check', '--ignore-missing'], words: PATH, least: 1 },
  sort: { flags: ['-u'], words: /^$/ },
  ssh: { flags: ['-t'], runs: 1 },
  ss: { flags: ['-t', '-n', '-p', '-l', '-o'], words: /^$/ },
  stat: { valued: ['-c'], words: PATH },
  sysctl: { flags: ['-w'], words: /^net\.[\w.]+(?:=\d)?$/, least: 1 },
  systemctl: {
    verbs: {
      restart: UNIT,
      status: UNIT,
      edit: UNIT,
      cat: UNIT,
      show: { valued: ['-p'], words: /^[\w@.-]+$/, least: 1 },
    },
  },
  tail: { valued: ['-c', '-n'], flags: ['-5', '-1', '-20'], words: PATH },
  tcpdump: { flags: ['-n', '-v'], valued: ['-i'], words: ANY, least: 1 },
  test: { flags: ['-r'], words: PATH, least: 1 },
  timedatectl: { words: /^(?:set-ntp|true|status)$/ },
  tr: { words: ANY, least: 2 },
  tracepath: { words: HOST, least: 1 },
  traceroute: { flags: ['-T', '-n'], valued: ['-p'], words: HOST, least: 1 },
  ufw: { words: /^(?:prepend|allow|out|status|verbose|\d{1,5}(?:\/tcp)?)$/, least: 1 },
  'update-ca-certificates': { flags: ['--fresh'], words: /^$/ },
  'update-ca-trust': { words: /^extract$/ },
  uptime: NONE,
  wget: { valued: ['-O', '-T'], flags: ['-S', '-q'], words: /^https:\/\/\S+$/, least: 1 },
  xz: { flags: ['-d'], words: PATH, least: 1 },
  yum: {
    flags: ['-y'],
    verbs: { install: { words: /^[a-z-]+$/, least: 1 }, update: { words: /^[a-z-]+$/, least: 1 } },
  },
  zypper: { flags: ['-n'], verbs: { refresh: NONE, install: { words: /^[a-z-]+$/, least: 1 } } },
};

function iptables(): Known {
  return {
    flags: ['-n', '-v', '--line-numbers'],
    valued: ['-t', '-L', '-I', '-A', '-p', '--dport', '-j', '-m', '--ctstate'],
    words: /^\d{1,6}$/,
  };
}

/** What is wrong with the words of a command by this row; null = nothing. What it runs is given to `run`. */
export function faultBy(
  known: Known,
  args: readonly string[],
  run: (inner: readonly string[]) => string | null,
): string | null {
  const { flags = [], valued = [], words, least = 0, verbs, runs } = known;
  let positional = 0;
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    const [name = ''] = arg.split('=');
    if (/^-./.test(arg) && !(arg === '--' && runs !== undefined)) {
      if (flags.includes(arg)) continue;
      if (valued.includes(arg)) {
        at += 1;
        if (at >= args.length) return `${arg} has no value`;
        continue;
      }
      if (name.startsWith('--') && arg.includes('=') && valued.includes(name)) continue;
      const letters = arg
        .slice(1)
        .split('')
        .map((letter) => `-${letter}`);
      const last = letters.at(-1) ?? '';
      if (!arg.startsWith('--') && letters.slice(0, -1).every((one) => flags.includes(one))) {
        if (flags.includes(last)) continue;
        if (valued.includes(last)) {
          at += 1;
          continue;
        }
      }
      if (!arg.startsWith('--') && valued.includes(arg.slice(0, 2))) continue;
      return `${arg} is no option that we know`;
    }
    if (runs !== undefined) {
      positional += 1;
      if (positional < runs) continue;
      const rest = args.slice(at + (runs === 1 ? 1 : 0));
      return run(rest[0] === '--' ? rest.slice(1) : rest);
    }
    if (verbs !== undefined) {
      const verb = Object.hasOwn(verbs, arg) ? verbs[arg] : undefined;
      return verb === undefined ? `${arg} is no verb that we know` : faultBy(verb, args.slice(at + 1), run);
    }
    positional += 1;
    if (words !== undefined && !words.test(arg)) return `"${arg}" does not belong there`;
  }
  if (runs !== undefined) return 'runs nothing';
  return positional < least ? 'lacks a word' : null;
}
