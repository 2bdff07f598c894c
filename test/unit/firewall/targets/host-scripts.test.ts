/** Scripts that change a configuration in place: with rules of others in it, twice, and back again. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RuleRequest } from '../../../../src/firewall/render.js';
import { complaints } from '../../../oracles/registry.js';
import { mixed, render } from './artefacts.js';

const JQ = ['/usr/bin/jq', '/usr/local/bin/jq'].some((path) => existsSync(path));

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'netdata-egress-host-scripts-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

function write(id: string, request: Partial<RuleRequest> = {}): void {
  for (const file of render(id, mixed(), request)) {
    mkdirSync(dirname(join(dir, file.name)), { recursive: true });
    writeFileSync(join(dir, file.name), file.content, { mode: file.mode });
  }
}

function program(name: string, text: string): void {
  mkdirSync(join(dir, 'bin'), { recursive: true });
  writeFileSync(join(dir, 'bin', name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(dir, 'bin', name), 0o755);
}

function run(id: string, role: 'install' | 'uninstall', env: Record<string, string> = {}) {
  const path = `${join(dir, 'bin')}:${process.env['PATH'] ?? ''}`;
  const result = spawnSync('sh', [join(dir, `nd-allow-${id}.${role}.sh`)], {
    env: { PATH: path, DIR: dir, ...env },
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { code: result.status, err: result.stderr };
}

describe('proxmox', () => {
  const MINE = `[OPTIONS]\n\nenable: 1\n\n[IPSET mine] # nd-allow is not here\n\n192.0.2.1\n\n[RULES]\n\nIN ACCEPT -p tcp -dport 22\nOUT DROP\n\n[group web]\n\nIN ACCEPT -p tcp -dport 443\n`;
  const env = (): Record<string, string> => ({ PVE_CLUSTER_FW: join(dir, 'cluster.fw') });
  const text = (): string => readFileSync(join(dir, 'cluster.fw'), 'utf8');

  test('comes first, once, leaves the rest alone, and goes without a trace', () => {
    write('proxmox');
    program('pve-firewall', 'exit 0');
    writeFileSync(join(dir, 'cluster.fw'), MINE);
    expect(run('proxmox', 'install', env())).toEqual({ code: 0, err: '' });
    const once = text();
    expect(run('proxmox', 'install', env())).toEqual({ code: 0, err: '' });
    expect(text()).toBe(once);
    expect(once.match(/^\S.*$/gm)?.filter((line) => line.startsWith('GROUP'))).toEqual(['GROUP nd-allow # nd-allow']);
    expect(once.indexOf('GROUP nd-allow')).toBeLessThan(once.indexOf('IN ACCEPT -p tcp -dport 22'));
    for (const line of MINE.split('\n')) expect(once).toContain(line);
    expect(run('proxmox', 'uninstall', env()).code).toBe(0);
    expect(text().trim()).toBe(MINE.trim());
  });

  test('makes the file and its rules where there are none', () => {
    write('proxmox');
    program('pve-firewall', 'exit 0');
    expect(run('proxmox', 'install', env()).code).toBe(0);
    expect(text()).toMatch(/\[RULES\]\n\nGROUP nd-allow # nd-allow\n/);
  });

  test('puts the file back when the firewall does not take it', () => {
    write('proxmox');
    program('pve-firewall', 'exit 1');
    writeFileSync(join(dir, 'cluster.fw'), MINE);
    expect(run('proxmox', 'install', env())).toMatchObject({ code: 1, err: expect.stringContaining('as it was') });
    expect(text()).toBe(MINE);
  });
});

describe('openwrt', () => {
  /** Enough of uci: sections of two files, one line each; what is not committed can be taken back. */
  const UCI = `
while [ "\${1#-}" != "$1" ]; do shift; done
case $1 in
show) grep "^$2\\." "$DIR/uci" ;;
get) grep -q "^$2=" "$DIR/uci" ;;
delete) grep -v "^$2[.=]" "$DIR/uci" >"$DIR/uci.new"; cat "$DIR/uci.new" >"$DIR/uci" ;;
revert) cp "$DIR/uci.saved" "$DIR/uci" ;;
commit) echo "commit $2" >>"$DIR/log"; cp "$DIR/uci" "$DIR/uci.saved" ;;
batch)
	if [ -n "$BROKEN" ]; then cat >/dev/null; exit 0; fi
	sed -n 's/^\\(set\\|add_list\\) //p' >>"$DIR/uci"
	;;
esac`;
  const MINE = `firewall.cfg1='zone'\nfirewall.cfg2='rule'\nfirewall.cfg2.target='DROP'\ndhcp.cfg3='dnsmasq'\n`;

  beforeEach(() => {
    program('uci', UCI);
    for (const name of ['uci', 'uci.saved']) writeFileSync(join(dir, name), MINE);
  });
  const text = (): string => readFileSync(join(dir, 'uci'), 'utf8');
  /** The router's own services are not here; the script is run with their calls replaced. */
  function ready(settings: Record<string, string>): void {
    write('openwrt', { settings });
    execFileSync('sed', ['-i', 's#^/etc/init.d/#: #', join(dir, 'nd-allow-openwrt.install.sh')]);
    execFileSync('sed', ['-i', 's#^/etc/init.d/#: #', join(dir, 'nd-allow-openwrt.uninstall.sh')]);
  }

  test.each(['names', 'addresses'])('by %s: replaces its own sections, and goes without a trace', (match) => {
    ready({ match });
    expect(run('openwrt', 'install')).toEqual({ code: 0, err: '' });
    const once = text();
    expect(once).toContain(`firewall.nd_allow_r4.ipset='nd_allow_d4 dest'`);
    expect(run('openwrt', 'install')).toEqual({ code: 0, err: '' });
    expect(text()).toBe(once);
    expect(readFileSync(join(dir, 'log'), 'utf8')).toContain('commit firewall\ncommit dhcp\n');
    expect(run('openwrt', 'uninstall')).toEqual({ code: 0, err: '' });
    expect(text()).toBe(MINE);
  });

  test('takes everything back when uci did not take it', () => {
    ready({});
    expect(run('openwrt', 'install', { BROKEN: '1' })).toMatchObject({
      code: 1,
      err: expect.stringContaining('nothing was changed'),
    });
    expect(text()).toBe(MINE);
  });

  test('a name that needs two lists of ports has one section with the sets of both', () => {
    const uci = render('openwrt', mixed())[0]?.content ?? '';
    const section = /^add_list dhcp\.(nd_allow_\d+)\.domain='app\.netdata\.cloud'$/m.exec(uci)?.[1] ?? '?';
    expect(uci.match(/\.domain='app\.netdata\.cloud'/g)).toHaveLength(1);
    expect(uci.match(new RegExp(`^add_list dhcp\\.${section}\\.name=.*$`, 'gm'))).toEqual(
      ['nd_allow_d4', 'nd_allow_d6', 'nd_allow_d4_8443', 'nd_allow_d6_8443'].map(
        (set) => `add_list dhcp.${section}.name='${set}'`,
      ),
    );
  });
});

describe('windows, into a group policy', () => {
  const settings = { 'policy-store': 'corp.example.com\\Egress for Agents' };
  const lines = (role: string): string[] =>
    (render('windows', mixed(), { settings }).find((file) => file.role === role)?.content ?? '')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));

  test.each(['install', 'uninstall'])('%s: every change goes through one session, which is saved last', (role) => {
    const [stop, open, ...rest] = lines(role);
    expect([stop, open]).toEqual([
      "$ErrorActionPreference = 'Stop'",
      "$gpo = Open-NetGPO -PolicyStore 'corp.example.com\\Egress for Agents'",
    ]);
    expect(rest.at(-1)).toBe('Save-NetGPO -GPOSession $gpo');
    for (const line of rest.slice(0, -1)) expect(line).toContain(' -GPOSession $gpo');
    expect(complaints('windows', render('windows', mixed(), { settings }))).toEqual([]);
  });

  test('takes no names there', () => {
    expect(() => render('windows', mixed(), { settings: { ...settings, match: 'names' } })).toThrow(/group policy/);
  });
});

describe('tinyproxy', () => {
  const conf = (): string => readFileSync(join(dir, 'tinyproxy.conf'), 'utf8');
  const filter = (name = 'filter'): string => readFileSync(join(dir, name), 'utf8');
  const env = (): Record<string, string> => ({
    TINYPROXY_CONF: join(dir, 'tinyproxy.conf'),
    TINYPROXY_FILTER: join(dir, 'ours'),
  });
  function ready(text: string, mode: 'allow' | 'enforce'): void {
    for (const file of render('tinyproxy', undefined, { mode }))
      writeFileSync(join(dir, file.name), file.content, { mode: file.mode });
    writeFileSync(join(dir, 'tinyproxy.conf'), text);
    writeFileSync(join(dir, 'filter'), '^mine\\.example$\n');
  }
  const denying = (more = ''): string => `Port 8888\nFilter "${join(dir, 'filter')}"\nFilterDefaultDeny Yes\n${more}`;

  test('allow: adds to the filter, to the ports only where they are limited, once, and goes again', () => {
    ready(denying('ConnectPort 563\n'), 'allow');
    for (let twice = 0; twice < 2; twice++) expect(run('tinyproxy', 'install', env())).toEqual({ code: 0, err: '' });
    expect(filter().match(/^\^app\\\.netdata\\\.cloud\$$/gm)).toHaveLength(1);
    expect(filter()).toContain('^mine\\.example$');
    expect(conf().match(/^ConnectPort .*$/gm)).toEqual(['ConnectPort 563', 'ConnectPort 443']);
    expect(run('tinyproxy', 'uninstall', env())).toEqual({ code: 0, err: '' });
    expect([filter(), conf()]).toEqual(['^mine\\.example$\n', denying('ConnectPort 563\n')]);
  });

  test('allow: closes no port that was open', () => {
    ready(denying(), 'allow');
    expect(run('tinyproxy', 'install', env())).toEqual({ code: 0, err: '' });
    expect(conf()).toBe(denying());
  });

  test.each([
    ['Port 8888\n', /lets every name pass/],
    ['FilterDefaultDeny Yes\nFilter "/nowhere/at/all"\n', /is not there/],
  ])('allow: %j is refused, and nothing is changed', (text, why) => {
    ready(text, 'allow');
    expect(run('tinyproxy', 'install', env())).toMatchObject({ code: 1, err: expect.stringMatching(why) });
    expect(conf()).toBe(text);
  });

  test('allow: a filter that means something else is refused', () => {
    for (const line of ['FilterURLs On', 'FilterType fnmatch']) {
      ready(denying(`${line}\n`), 'allow');
      expect(run('tinyproxy', 'install', env()).code).toBe(1);
      expect(filter()).toBe('^mine\\.example$\n');
    }
  });

  test('enforce: denies everything else, and says which lines are in the way', () => {
    ready('Port 8888\n', 'enforce');
    expect(run('tinyproxy', 'install', env())).toEqual({ code: 0, err: '' });
    expect(conf()).toContain('FilterDefaultDeny Yes\nConnectPort 443\n');
    expect(filter('ours')).toContain('^app\\.netdata\\.cloud$');
    expect(run('tinyproxy', 'uninstall', env())).toEqual({ code: 0, err: '' });
    expect(conf()).toBe('Port 8888\n');
    ready(denying(), 'enforce');
    expect(run('tinyproxy', 'install', env())).toMatchObject({
      code: 1,
      err: expect.stringContaining('FilterDefaultDeny Yes'),
    });
  });
});

describe('pihole', () => {
  /** The allow list as a file; the command of version 6: words, and \`--comment\` with its text. */
  const PIHOLE = `
[ "$1" = allow ] || exit 2
shift
mode=add
while [ $# -gt 0 ]; do
	case $1 in
	remove) mode=remove ;;
	--comment) shift; case $1 in *[!a-zA-Z0-9_#:/.,\\ -]*) exit 3 ;; esac ;;
	-*) exit 4 ;;
	*)
		grep -v -x -F -e "$1" "$DIR/list" >"$DIR/new" || :
		[ "$mode" = remove ] || echo "$1" >>"$DIR/new"
		mv "$DIR/new" "$DIR/list"
		;;
	esac
	shift
done`;
  const entries = (): string[] => readFileSync(join(dir, 'list'), 'utf8').split('\n').filter(Boolean).sort();

  test('adds its names once, and takes away those alone', () => {
    write('pihole');
    program('pihole', PIHOLE);
    writeFileSync(join(dir, 'list'), 'mine.example\n');
    for (let twice = 0; twice < 2; twice++) {
      expect(run('pihole', 'install')).toEqual({ code: 0, err: '' });
      expect(entries()).toEqual(['api.netdata.cloud', 'app.netdata.cloud', 'get.netdata.cloud', 'mine.example']);
    }
    for (let twice = 0; twice < 2; twice++) {
      expect(run('pihole', 'uninstall')).toEqual({ code: 0, err: '' });
      expect(entries()).toEqual(['mine.example']);
    }
  });
});

describe('ipfw', () => {
  /** Tables as files of addresses, sets of rules as files of lines: what the manual says of the words that we use. */
  const IPFW = `
[ "$1" != -S ] || { shift; }
[ "$1" != -q ] || shift
case "$1 $2" in
"table "*)
	table=$DIR/table.$2
	case $3 in
	create) [ "$4 $5" = 'type addr' ] && [ ! -e "$table" ] || exit 71; : >"$table" ;;
	flush) [ -e "$table" ] || exit 71; : >"$table" ;;
	add) [ -e "$table" ] || exit 71; echo "$4" >>"$table" ;;
	swap) [ -e "$table" ] && [ -e "$DIR/table.$4" ] || exit 71
		mv "$table" "$DIR/swap"; mv "$DIR/table.$4" "$table"; mv "$DIR/swap" "$DIR/table.$4" ;;
	destroy) [ -e "$table" ] || exit 71; rm "$table" ;;
	*) exit 64 ;;
	esac ;;
"set "*) [ "$3" = list ] || exit 64; [ ! -e "$DIR/set.$2" ] || cat "$DIR/set.$2" ;;
"delete set") [ -e "$DIR/set.$3" ] || exit 69; rm "$DIR/set.$3"; echo delete >>"$DIR/log" ;;
"add "*) [ "$3" = set ] || exit 64; shift; echo "$*" >>"$DIR/set.$3" ;;
/*)
	grep -v '^#' "$1" | while read -r line; do
		set -f; set -- $line; "$0" "$@" || exit $?
	done ;;
*) exit 64 ;;
esac`;
  const found = (): string[] =>
    readdirSync(dir)
      .filter((name) => /^(?:table|set)\./.test(name))
      .sort();

  test('swaps full tables in, loads the rules only when they say something else, and goes without a trace', () => {
    write('ipfw');
    program('ipfw', IPFW);
    writeFileSync(join(dir, 'set.7'), '100 deny ip from any to any\n');
    for (let twice = 0; twice < 2; twice++) {
      expect(run('ipfw', 'install')).toEqual({ code: 0, err: '' });
      expect(found()).toEqual(['set.29', 'set.7', 'table.nd_allow', 'table.nd_allow_443_8443', 'table.nd_allow_8443']);
      expect(readFileSync(join(dir, 'table.nd_allow'), 'utf8').split('\n').sort().filter(Boolean)).toEqual([
        '198.51.100.2/32',
        '2001:db8::2/128',
        '203.0.113.7/32',
      ]);
    }
    // The rules are the same: their connections keep their states.
    expect(existsSync(join(dir, 'log'))).toBe(false);
    for (const rule of readFileSync(join(dir, 'set.29'), 'utf8').trim().split('\n')) {
      const table = /table\((\w+)\)/.exec(rule)?.[1];
      if (table !== undefined) expect(found()).toContain(`table.${table}`);
    }
    write('ipfw', { settings: { rule: '200' } });
    expect(run('ipfw', 'install')).toEqual({ code: 0, err: '' });
    for (let twice = 0; twice < 2; twice++) {
      expect(run('ipfw', 'uninstall')).toEqual({ code: 0, err: '' });
      expect(found()).toEqual(['set.7']);
    }
  });
});

describe('oci-nsg', () => {
  /** The group as one JSON array; \`oci\` 3: list with a query in JMESPath, which jq stands in for here. */
  const OCI = `
[ "$1 $2 $3" = 'network nsg rules' ] || exit 2
verb=$4
shift 4
while [ $# -gt 0 ]; do
	case $1 in
	--nsg-id) [ "$2" = ocid1.nsg ] || exit 3; shift ;;
	--direction) [ "$2" = EGRESS ] || exit 3; shift ;;
	--query) query=$2; shift ;;
	--output) [ "$2" = json ] || exit 3; shift ;;
	--security-rules) file=\${2#file://}; shift ;;
	--security-rule-ids) ids=$2; shift ;;
	--all | --force) ;;
	*) exit 4 ;;
	esac
	shift
done
case $verb in
list)
	[ "$query" = "data[?starts_with(not_null(description, 'none'), 'nd-allow id=netdata-cloud')].id" ] || exit 5
	jq '[.[] | select((.description // "none") | startswith("nd-allow id=netdata-cloud")) | .id]' "$DIR/group" ;;
add)
	[ "$(jq length "$file")" -le 25 ] || exit 6
	[ -z "$FAIL" ] || exit 1
	n=$(cat "$DIR/next"); echo $((n + 100)) >"$DIR/next"
	jq --slurpfile new "$file" --argjson n "$n" '. + ($new[0] | to_entries | map(.value + {id: "ID\\(.key + $n)"}))' "$DIR/group" >"$DIR/new"
	mv "$DIR/new" "$DIR/group" ;;
remove)
	jq -e --argjson ids "$ids" '[.[].id] as $have | $ids | all(IN($have[]))' "$DIR/group" >/dev/null || exit 7
	jq --argjson ids "$ids" '[.[] | select(.id | IN($ids[]) | not)]' "$DIR/group" >"$DIR/new"
	mv "$DIR/new" "$DIR/group" ;;
esac`;
  const runOci = (role: 'install' | 'uninstall', env: Record<string, string> = {}) => {
    const path = `${join(dir, 'bin')}:${process.env['PATH'] ?? ''}`;
    const result = spawnSync('sh', [join(dir, `nd-allow-oci-nsg.${role}.sh`), 'ocid1.nsg'], {
      env: { PATH: path, DIR: dir, FAIL: '', ...env },
      encoding: 'utf8',
      timeout: 60_000,
    });
    return result.status;
  };
  interface Row {
    readonly id: string;
    readonly destination?: string;
    readonly tcpOptions?: { readonly destinationPortRange: { readonly min: number } };
  }
  const group = (): readonly Row[] => JSON.parse(readFileSync(join(dir, 'group'), 'utf8')) as Row[];
  const flows = (): string[] =>
    group()
      .filter((row) => row.destination !== undefined)
      .map((row) => `${String(row.destination)} ${String(row.tcpOptions?.destinationPortRange.min)}`)
      .sort();
  const MINE = [{ id: 'mine' }, { id: 'other', description: 'web' }];

  test.skipIf(!JQ)('adds before it removes, once, and takes away its own alone', () => {
    write('oci-nsg');
    program('oci', OCI);
    writeFileSync(join(dir, 'next'), '1');
    writeFileSync(join(dir, 'group'), JSON.stringify(MINE));
    expect(runOci('install')).toBe(0);
    const once = flows();
    expect(once).toContain('203.0.113.7/32 443');
    expect(runOci('install')).toBe(0);
    expect(flows()).toEqual(once);
    // Nothing is removed when the new ones are not in.
    expect(runOci('install', { FAIL: '1' })).not.toBe(0);
    expect(flows()).toEqual(once);
    for (let twice = 0; twice < 2; twice++) {
      expect(runOci('uninstall')).toBe(0);
      expect(group()).toEqual(MINE);
    }
  });
});
