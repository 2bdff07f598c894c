/** Watching in a lab network that breaks and is mended: by hand, inside a real Netdata, scraped by a real Prometheus. */
import type { ChildProcess } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { PROGRAM, PROGRAM_ARGS } from '../helpers/program.js';
import { DEFAULT_VERSION, works } from './harness/case.js';
import { run, until } from './harness/exec.js';
import { API, APP, MQTT, NEW4, RESOLVER4 } from './harness/addresses.js';
import { Lab } from './harness/lab.js';

const ENV = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: '/root', LANG: 'C.UTF-8' };
/** Of Debian's package netdata-core. */
const NETDATA = '/usr/sbin/netdata';
/** What the lab's certificates have left, about. */
const CERTIFICATE_DAYS = 300;
const BROKEN =
  'table inet broken {\n chain forward {\n  type filter hook forward priority 0;\n  tcp dport 443 reject with tcp reset\n }\n}\n';
/** A host that lets nothing out but questions for names. */
const DENY =
  'table inet filter {\n chain output {\n  type filter hook output priority 0; policy drop;\n  oif lo accept\n  ct state established accept\n  meta l4proto { tcp, udp } th dport 53 accept\n }\n}\n';

/** Of Netdata's API: a row holds the time and a value for each label after the first. */
interface Data {
  readonly labels: readonly string[];
  readonly data: readonly (readonly (number | null)[])[];
}

interface Event {
  readonly event: 'round' | 'change' | 'trouble';
  readonly depth?: string;
  readonly link?: string;
  readonly cause?: string | null;
  readonly connections?: number;
  readonly change?: {
    readonly kind: string;
    readonly what?: string;
    readonly after?: string;
    readonly raised?: boolean;
    readonly warning?: { readonly kind: string; readonly address?: string };
  };
}

describe('watching', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.create({ pki: inject('pki'), scratch: inject('scratch'), services: inject('services') });
  });
  afterAll(async () => {
    await lab?.close();
  });

  const place = (): string[] => [
    '--env-from=self',
    `--agent-version=${DEFAULT_VERSION}`,
    '--step-timeout=1s',
    '--timeout=6s',
    `--config-dir=${join(lab.caseDirectory, 'etc')}`,
    `--lib-dir=${join(lab.caseDirectory, 'lib')}`,
  ];
  const breakIt = (): Promise<void> => lab.nft(lab.ns.gateway, BROKEN);
  const mendIt = (): Promise<void> =>
    lab.nft(lab.ns.gateway, 'destroy table inet broken\n').catch(() => lab.nft(lab.ns.gateway, 'flush ruleset\n'));
  const get = async (url: string): Promise<string> =>
    (await lab.onHost('curl', ['-sS', '--max-time', '5', url], { env: ENV })).stdout;

  /** Collects the events of a watch while it runs. */
  function follow(watch: ChildProcess): { readonly events: Event[]; rounds(): number } {
    const events: Event[] = [];
    let rest = '';
    watch.stdout?.on('data', (chunk: Buffer | string) => {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) events.push(JSON.parse(line) as Event);
    });
    return { events, rounds: () => events.filter(({ event }) => event === 'round').length };
  }

  test('says what broke and what was mended, with few connections, and ends within a second', async () => {
    await lab.prepare({ id: 'watch-loop', title: '', expect: works() });
    const state = join(lab.caseDirectory, 'state');
    const told = join(lab.caseDirectory, 'told');
    const text = join(lab.caseDirectory, 'text');
    await mkdir(text);
    const script = join(lab.caseDirectory, 'on-change');
    await writeFile(script, `#!/bin/sh\ncat >> '${told}'\n`, { mode: 0o755 });
    const args = [...PROGRAM_ARGS, 'watch', '--json', '--every', '1h', '--state-dir', state, ...place()];
    const more = ['--on-change', script, '--textfile', text, '--listen', '127.0.0.1:9101'];
    let seen: ReturnType<typeof follow> | null = null;
    let endedMs = Infinity;
    let page = '';
    let second = '';
    const ran = await lab.onHost(PROGRAM, [...args, ...more], {
      env: ENV,
      timeoutMs: 120_000,
      during: async (watch) => {
        const following = follow(watch);
        seen = following;
        const round = async (number: number): Promise<void> =>
          until(`round ${String(number)}`, () => following.rounds() >= number, 45_000);
        await round(1);
        page = await get('http://127.0.0.1:9101/metrics');
        second = (await lab.onHost(PROGRAM, args, { env: ENV, timeoutMs: 20_000 })).stderr;
        await breakIt();
        watch.kill('SIGHUP');
        await round(2);
        watch.kill('SIGHUP');
        await round(3);
        await mendIt();
        watch.kill('SIGHUP');
        await round(4);
        const from = performance.now();
        watch.kill('SIGTERM');
        await new Promise((resolve) => watch.once('exit', resolve));
        endedMs = performance.now() - from;
      },
    });
    const { events } = seen as unknown as ReturnType<typeof follow>;
    const rounds = events.filter(({ event }) => event === 'round');
    expect(
      rounds.map(({ link, depth }) => `${link ?? ''} ${depth ?? ''}`),
      ran.stderr,
    ).toEqual(['will_work light', 'will_fail full', 'will_fail light', 'will_work full']);
    expect(rounds[1]?.cause).toMatch(/^tcp\./);
    expect(rounds[2]?.cause).toBe(rounds[1]?.cause);
    for (const { connections } of rounds) expect(connections).toBeLessThanOrEqual(12);
    expect(endedMs).toBeLessThan(1000);
    expect(second).toMatch(/another netdata-egress \(process \d+\) is working in/);
    expect(page).toContain('netdata_egress_verdict{what="link",outcome="will_work"} 1');
    const changes = events.filter(({ event }) => event === 'change');
    const commands = (await readFile(told, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Event);
    expect(commands.length).toBeGreaterThanOrEqual(changes.length - 1);
    const file = await readFile(join(text, 'netdata_egress.prom'), 'utf8');
    expect(file).toContain('netdata_egress_watch_rounds_total 4');
    const checked = await run('promtool', ['check', 'metrics'], { input: file });
    expect([checked.code, checked.stdout + checked.stderr]).toEqual([0, '']);
    const history = await lab.onHost(PROGRAM, [...PROGRAM_ARGS, 'watch', 'history', '--state-dir', state], {
      env: ENV,
    });
    expect(history.stdout).toMatch(/link WILL FAIL \(tcp\.[\s\S]*link will work/);
  }, 150_000);

  test('warns of an address that the loaded rules do not hold, until they do', async () => {
    await lab.prepare({ id: 'watch-rules', title: '', expect: works() });
    const state = join(lab.caseDirectory, 'state');
    await lab.nft(lab.ns.host, DENY);
    // Rules keep what they know below /var/lib/netdata-egress: of this host alone.
    const both = `set -e
mkdir -p /var/lib/netdata-egress
mount -t tmpfs tmpfs /var/lib/netdata-egress
program="$1 $2"
shift 2
$program rules apply nftables --confirm-timeout 0 --env-timeout 0 --resolver ${RESOLVER4} >&2
exec $program "$@"`;
    const args = ['watch', '--json', '--every', '10s', '--state-dir', state, ...place()];
    const warned = (events: readonly Event[]): readonly unknown[] =>
      events.flatMap(({ change }) =>
        change?.kind === 'warning' ? [[change.raised, change.warning?.kind, change.warning?.address]] : [],
      );
    let said = '';
    await lab
      .onHost('sh', ['-c', both, 'sh', PROGRAM, PROGRAM_ARGS[0] ?? '', ...args], {
        env: ENV,
        timeoutMs: 120_000,
        during: async (watch) => {
          watch.stderr?.on('data', (chunk) => (said += String(chunk)));
          const following = follow(watch);
          const { events } = following;
          await until('a round', () => following.rounds() > 0, 45_000);
          expect(warned(events)).toEqual([]);
          await lab.answer({ records: { [APP]: [NEW4[0] ?? ''] } });
          const raised = [true, 'address_outside_rules', NEW4[0]];
          await until('a warning', () => warned(events).length > 0, 30_000);
          expect(warned(events)).toEqual([raised]);
          await lab.answer({});
          await until('the end of it', () => warned(events).length > 1, 30_000);
          expect(warned(events)).toEqual([raised, [false, ...raised.slice(1)]]);
          watch.kill('SIGTERM');
        },
      })
      .catch((error: unknown) => {
        throw new Error(`${String(error)}\n${said.slice(-3000)}`);
      });
  }, 150_000);

  test.skipIf(!existsSync(NETDATA))(
    'shows in a real Netdata: charts with the right values, an alert that is raised and cleared, gone without a trace',
    async () => {
      await lab.prepare({ id: 'watch-netdata', title: '', expect: works() });
      const home = lab.caseDirectory;
      const config = join(home, 'etc');
      const lib = join(home, 'lib');
      const before = readdirSync(config).sort();
      const program = [...PROGRAM_ARGS, 'watch'];
      const own = ['--config-dir', config, '--lib-dir', lib];
      const installing = await lab.onHost(PROGRAM, [...program, 'install', ...own, '--agent-version', '1.37.1'], {
        env: ENV,
      });
      expect([installing.code, installing.stderr]).toEqual([0, '']);
      for (const name of ['cache', 'log', 'none']) await mkdir(join(home, name));
      // The hosts of a lab show nothing of this machine's own Agent: the program alone is lent to this one.
      const netdataProgram = join(home, 'netdata');
      await cp(NETDATA, netdataProgram);
      await writeFile(join(home, 'netdata.conf'), netdataConf(home, place()));
      const alarm = async (name: string): Promise<string | undefined> => {
        const all = JSON.parse(await get('http://127.0.0.1:19998/api/v1/alarms?all')) as {
          readonly alarms: Readonly<Record<string, { readonly status: string; readonly info: string }>>;
        };
        const found = Object.entries(all.alarms).find(([key]) => key.endsWith(`.${name}`))?.[1];
        return found === undefined ? undefined : `${found.status} ${found.info}`;
      };
      type Row = Readonly<Record<string, number | null>>;
      /** Netdata draws a line between two collections: a value that has just changed needs one more. */
      const value = async (chart: string, wanted: (row: Row) => boolean = () => true): Promise<Row> => {
        const url = `http://127.0.0.1:19998/api/v1/data?chart=netdata_egress.${chart}&points=1&after=-20&format=json`;
        let found: Row = {};
        const there = async (): Promise<boolean> => {
          const { labels, data } = JSON.parse(await get(url)) as Data;
          const [row = []] = data;
          found = Object.fromEntries(labels.slice(1).map((label, index) => [label, row[index + 1] ?? null]));
          return row.length > 1 && !row.includes(null) && wanted(found);
        };
        await until(`values of ${chart}`, there, 40_000);
        return found;
      };
      let charts: Readonly<Record<string, { readonly dimensions: Readonly<Record<string, unknown>> }>> = {};
      const values: Record<string, Row> = {};
      const alarms: (string | undefined)[] = [];
      let info = '';
      let said = '';
      const ran = await lab
        .onHost(netdataProgram, ['-D', '-c', join(home, 'netdata.conf')], {
          env: ENV,
          timeoutMs: 200_000,
          during: async (netdata) => {
            netdata.stderr?.on('data', (chunk) => (said += String(chunk)));
            try {
              const ready = async (): Promise<boolean> =>
                (await get('http://127.0.0.1:19998/api/v1/charts').catch(() => '')).includes('"netdata_egress.age"');
              await until('charts of the plugin', ready, 60_000);
              const all = JSON.parse(await get('http://127.0.0.1:19998/api/v1/charts')) as {
                readonly charts: typeof charts;
              };
              charts = all.charts;
              const status = (wanted: string): Promise<void> =>
                until(
                  `an alert that is ${wanted}`,
                  async () => (await alarm('netdata_egress_link'))?.startsWith(`${wanted} `) === true,
                  60_000,
                );
              await status('CLEAR');
              for (const chart of ['verdict', 'legs', 'steps_link', 'certificate_expiry', 'addresses', 'rounds'])
                values[chart] = await value(chart);
              info = await get('http://127.0.0.1:19998/api/v1/info');
              await breakIt();
              await status('CRITICAL');
              alarms.push(await alarm('netdata_egress_link'));
              values['broken'] = await value('verdict', ({ link }) => link === 2);
              await mendIt();
              await status('CLEAR');
              alarms.push(await alarm('netdata_egress_link'));
              values['mended'] = await value('verdict', ({ link }) => link === 0);
            } finally {
              netdata.kill('SIGTERM');
            }
          },
        })
        .catch(async (error: unknown) => {
          throw new Error(
            `${said}\n${await readFile(join(home, 'log/error.log'), 'utf8').catch(() => 'no log')}\n${await readFile(join(home, 'out.log'), 'utf8').catch(() => 'no output')}`.slice(
              -5000,
            ) + `\n${String(error)}`,
          );
        });
      expect(ran.timedOut).toBe(false);
      const mine = Object.keys(charts)
        .filter((id) => id.startsWith('netdata_egress.'))
        .sort();
      expect(mine).toEqual(
        [
          'addresses',
          'age',
          'certificate_expiry',
          'legs',
          'rounds',
          'steps_auth',
          'steps_claim',
          'steps_env',
          'steps_link',
          'verdict',
          'warnings',
        ].map((id) => `netdata_egress.${id}`),
      );
      expect(values['verdict']).toEqual({ claim: 0, link: 0 });
      expect(values['legs']).toEqual({ claim: 0, env: 0, auth: 0, link: 0 });
      expect(values['addresses']).toEqual({ known: 3, new: 0, missing: 0 });
      const ends = ['soonest', APP, API, MQTT].map((one) => [one, expect.closeTo(CERTIFICATE_DAYS, -1)]);
      expect(values['certificate_expiry']).toEqual(Object.fromEntries(ends));
      for (const step of ['resolve', 'connect', 'tls', 'websocket', 'mqtt'])
        expect(values['steps_link']?.[step], step).toBeGreaterThan(0);
      expect(values['rounds']?.['finished']).toBeGreaterThanOrEqual(1);
      expect(values['rounds']).toMatchObject({ failed: 0, broken: 0 });
      expect(values['broken']).toMatchObject({ claim: 2, link: 2 });
      expect(values['mended']).toEqual({ claim: 0, link: 0 });
      // This release calls functions for the cloud alone.
      expect(JSON.parse(info)).toMatchObject({ functions: { 'netdata-egress': { timeout: 10, options: 'GLOBAL ' } } });
      expect(alarms[0]).toMatch(/^CRITICAL .*Run netdata-egress doctor; the cause is tcp\.\w+$/);
      expect(alarms[1]).toMatch(/^CLEAR/);
      expect(existsSync(join(lib, 'netdata-egress/history.ndjson'))).toBe(true);
      const leaving = await lab.onHost(PROGRAM, [...program, 'uninstall', ...own], { env: ENV });
      expect([leaving.code, leaving.stderr]).toEqual([0, '']);
      expect(readdirSync(config).sort()).toEqual(before);
      expect(existsSync(join(lib, 'netdata-egress'))).toBe(false);
    },
    240_000,
  );

  test('is scraped by a real Prometheus, in OpenMetrics and in the older text', async () => {
    await lab.prepare({ id: 'watch-prometheus', title: '', expect: works() });
    const home = lab.caseDirectory;
    const rules = join(home, 'alerts.yml');
    await cp(new URL('../../deploy/prometheus/netdata-egress.rules.yml', import.meta.url), rules);
    await writeFile(
      join(home, 'prometheus.yml'),
      `global: { scrape_interval: 1s, evaluation_interval: 1s }\nrule_files: ['${rules}']\nscrape_configs:\n  - job_name: netdata-egress\n    static_configs: [{ targets: ['127.0.0.1:9101'] }]\n`,
    );
    const state = join(home, 'state');
    const args = [...PROGRAM_ARGS, 'watch', '--json', '--every', '1h', '--state-dir', state, ...place()];
    let answer = '';
    let targets = '';
    let forms: readonly string[] = [];
    await lab.onHost(PROGRAM, [...args, '--listen', '127.0.0.1:9101'], {
      env: ENV,
      timeoutMs: 90_000,
      during: async (watch) => {
        const following = follow(watch);
        await until('a round', () => following.rounds() > 0, 45_000);
        const data = join(home, 'data');
        const flags = [`--config.file=${join(home, 'prometheus.yml')}`, `--storage.tsdb.path=${data}`];
        await lab.onHost('prometheus', [...flags, '--web.listen-address=127.0.0.1:9190'], {
          env: ENV,
          timeoutMs: 60_000,
          during: async (prometheus) => {
            const query = 'http://127.0.0.1:9190/api/v1/query?query=netdata_egress_leg%7Boutcome%3D%22will_work%22%7D';
            try {
              await until(
                'scraped',
                async () => (answer = await get(query).catch(() => '')).includes('"leg":"link"'),
                40_000,
              );
              targets = await get('http://127.0.0.1:9190/api/v1/targets');
            } finally {
              prometheus.kill('SIGTERM');
            }
          },
        });
        const accepting = (accept: string): Promise<string> =>
          lab
            .onHost('curl', ['-sS', '-H', `Accept: ${accept}`, 'http://127.0.0.1:9101/metrics'], { env: ENV })
            .then(({ stdout }) => stdout);
        forms = [await accepting('text/plain'), await accepting('application/openmetrics-text')];
        watch.kill('SIGTERM');
      },
    });
    const { data } = JSON.parse(answer) as {
      readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
    };
    expect(data.result.map(({ value: [, one] }) => one)).toEqual(['1', '1', '1', '1']);
    expect(targets).toMatch(/"health":"up"/);
    expect(forms[0]).not.toContain('# EOF');
    expect(forms[1]).toMatch(/# TYPE netdata_egress_watch_rounds counter\n[\s\S]*# EOF\n$/);
    rmSync(state, { recursive: true, force: true });
  }, 150_000);
});

/** Nothing but the web server, health and our plugin. */
/** On a port where nobody looks for the Agent to judge: this build has no cloud, and would say so. */
function netdataConf(home: string, args: readonly string[]): string {
  const off = [
    'proc',
    'diskspace',
    'cgroups',
    'tc',
    'idlejitter',
    'timex',
    'apps',
    'perf',
    'slabinfo',
    'statsd',
    'profile',
  ];
  return `[global]
  run as user = root
  hostname = lab
[directories]
  config = ${home}/etc
  lib = ${home}/lib
  cache = ${home}/cache
  log = ${home}/log
  home = ${home}
  stock config = ${home}/none
  plugins = "${home}/etc/custom-plugins.d"
  health config = ${home}/etc/health.d
  stock health config = ${home}/none
[db]
  mode = ram
  update every = 1
[web]
  bind to = 127.0.0.1
  default port = 19998
[plugins]
${off.map((name) => `  ${name} = no\n`).join('')}  netdata-egress = yes
[statsd]
  enabled = no
[ml]
  enabled = no
[cloud]
  enabled = no
[health]
  enabled = yes
  run at least every seconds = 1
[plugin:netdata-egress]
  update every = 10
  command options = --every 10s ${args.join(' ')}
`;
}
