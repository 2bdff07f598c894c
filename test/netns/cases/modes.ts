/** Ways to run the doctor: as another user, into another namespace, holding the link, until it works, and cut short. */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import * as at from '../harness/addresses.js';
import { fails, LINK, works, type Expectation, type LabCase } from '../harness/case.js';
import type { Diagnosis } from '../harness/doctor.js';
import { until } from '../harness/exec.js';
import { PORT } from '../harness/services.js';
import { NETDATA_UID } from '../harness/view.js';
import { claiming, ONLY_PROXY_OUT } from './proxy-routes.js';

const squid = `http://${at.PROXY_NAME}:${PORT.squid}`;
const mqttDropped = `ip daddr ${at.MQTT4} tcp dport 443 drop`;
const onlyNetdata = [`meta skuid ${NETDATA_UID} tcp dport 443 accept`, 'tcp dport 443 drop'];
const NOBODY_UID = 65_534;

/** Waits until the doctor has said this on stderr. */
async function says(doctor: ChildProcess, words: string): Promise<void> {
  let text = '';
  doctor.stderr?.on('data', (chunk: string) => {
    text += chunk;
  });
  await until(`the doctor says "${words}"`, () => text.includes(words) || doctor.exitCode !== null, 30_000);
}

const saidChange = ({ ran }: Diagnosis): readonly string[] =>
  /changed: claim will_work, link will_work/.test(ran.stderr) ? [] : ['stderr does not say what changed'];
const cutShort = ({ report, ran }: Diagnosis): readonly string[] => [
  ...(report?.interrupted === true ? [] : ['the document is not marked interrupted']),
  ...(ran.stdout.trimEnd().split('\n').length > 0 ? [] : ['nothing on stdout']),
];
/** The run looked along this many routes, and ended in time all the same. */
const inBudget =
  (routes: number) =>
  ({ report }: Diagnosis): readonly string[] => {
    if (report === null) return [];
    const seen = new Set(report.observations.flatMap(({ routeId }) => routeId ?? [])).size;
    return [
      ...(seen < routes ? [`looked along ${seen} routes, not ${routes}`] : []),
      ...(report.durationMs > report.budgets.runMs + 500
        ? [`took ${Math.round(report.durationMs)} ms of ${report.budgets.runMs}`]
        : []),
    ];
  };
/** The hold was no proof of an idle time-out, and the document says why. */
const undecided =
  (words: string) =>
  ({ report }: Diagnosis): readonly string[] => {
    const told = (report?.findings ?? []).filter(({ id }) => id === 'mqtt.idle_cut');
    const [only] = told;
    return told.length === 1 && only?.outcome === 'not_checked' && only.because.includes(words)
      ? []
      : [`mqtt.idle_cut is not "not checked" because of "${words}"`];
  };
/** The link comes up, and breaks whenever it has been idle. */
const cut: Expectation = {
  claim: 'will_work',
  link: ['at_risk', 'will_fail'],
  legs: { claim: 'will_work', env: 'will_work', auth: 'will_work', link: ['at_risk', 'will_fail'] },
  cause: 'mqtt.idle_cut',
  exit: [0, 1],
};
/** A stateful filter that lets a connection in by its SYN only. */
const stateful = (otherwise: string): readonly string[] => [
  'ct state established,related accept',
  'ct state new tcp flags & (fin|syn|rst|ack) == syn accept',
  `tcp dport 443 ${otherwise}`,
];

const asUser: readonly LabCase[] = [
  {
    id: 'as-user-only-netdata',
    title: 'The host’s own firewall lets only user netdata out; root’s curl is refused, the Agent is not',
    netdataUser: true,
    local: onlyNetdata,
    unusual: true,
    expect: works(),
  },
  {
    id: 'as-user-root',
    title: 'The same firewall, and an Agent that runs as root',
    netdataUser: true,
    local: onlyNetdata,
    args: ['--as-user', 'root'],
    expect: fails('host.local_firewall'),
  },
  {
    id: 'as-user-nobody',
    title: 'The Agent runs as nobody, and an iptables owner rule rejects what nobody sends to mqtt',
    args: ['--as-user', 'nobody'],
    also: async (lab) => {
      const match = ['-d', at.MQTT4, '-p', 'tcp', '-m', 'owner', '--uid-owner', String(NOBODY_UID)];
      await lab.onHost('iptables-nft', ['-w', '-A', 'OUTPUT', ...match, '-j', 'REJECT']);
    },
    expect: fails('host.local_firewall', LINK),
  },
  {
    id: 'as-user-dns',
    title: 'The host’s own firewall drops name queries of user netdata; root resolves',
    netdataUser: true,
    local: [`meta skuid ${NETDATA_UID} udp dport 53 drop`, `meta skuid ${NETDATA_UID} tcp dport 53 drop`],
    args: ['--as-user', 'netdata'],
    expect: fails('host.local_firewall', undefined, { orCause: ['dns.resolver_unreachable'] }),
  },
];

const namespaces: readonly LabCase[] = [
  {
    id: 'netns-healthy',
    title: 'Started without any network, sent into a namespace that has it',
    outside: true,
    args: ['--netns', '{{host}}'],
    unusual: true,
    expect: works(),
  },
  {
    id: 'netns-mqtt-dropped',
    title: 'Sent into a namespace where mqtt is dropped',
    outside: true,
    args: ['--netns', '{{host}}'],
    gateway: [mqttDropped],
    expect: fails('tcp.dropped', LINK),
  },
  {
    id: 'netns-local-firewall',
    title: 'Sent into a namespace whose own firewall rejects; the caller’s has no rule',
    outside: true,
    args: ['--netns', '{{host}}'],
    local: ['tcp dport 443 reject'],
    expect: fails('host.local_firewall'),
  },
  {
    id: 'pid-proxy-env',
    title: 'The Agent’s process has its own network and its own proxy variables; both are found through its id',
    netdataUser: true,
    outside: true,
    args: ['--pid', '{{pid}}'],
    gateway: ONLY_PROXY_OUT,
    needs: ['squid'],
    daemon: { env: { https_proxy: squid } },
    unusual: true,
    expect: works(),
  },
  {
    id: 'pid-shell-proxy',
    title: 'The caller has the proxy variables, the Agent’s process has not',
    netdataUser: true,
    outside: true,
    args: ['--pid', '{{pid}}'],
    gateway: ONLY_PROXY_OUT,
    needs: ['squid'],
    daemon: {},
    env: { https_proxy: squid, http_proxy: squid },
    expect: fails('agent.env_not_daemons', undefined, { orCause: ['proxy.needed', 'tcp.egress_blocked'] }),
  },
  {
    id: 'pid-owner-rule',
    title: 'In the Agent’s network a local rule drops what user netdata sends',
    netdataUser: true,
    outside: true,
    args: ['--pid', '{{pid}}'],
    daemon: {},
    local: [`meta skuid ${NETDATA_UID} tcp dport 443 drop`],
    expect: fails('host.local_firewall'),
  },
];

const holding: readonly LabCase[] = [
  {
    id: 'hold-healthy',
    title: 'The link is held idle for 3 s, and nothing cuts it',
    peer: [],
    args: ['--hold', '3s'],
    expect: works(),
  },
  {
    id: 'hold-conntrack-silent',
    title: 'The firewall forgets idle connections after 2 s and drops what it does not know',
    peer: [],
    args: ['--hold', '5s'],
    gateway: stateful('drop'),
    also: (lab) => lab.forgetful(2),
    expect: cut,
  },
  {
    id: 'hold-conntrack-reset',
    title: 'The firewall forgets idle connections after 2 s and resets what it does not know',
    peer: [],
    args: ['--hold', '5s'],
    gateway: stateful('reject with tcp reset'),
    also: (lab) => lab.forgetful(2),
    expect: cut,
  },
  {
    id: 'hold-proxy-idle',
    title: 'tinyproxy ends tunnels that are idle for 3 s',
    peer: [],
    args: ['--hold', '8s'],
    gateway: ONLY_PROXY_OUT,
    needs: ['tinyproxy'],
    files: claiming(`http://${at.PROXY_NAME}:${PORT.tinyproxyImpatient}`),
    expect: cut,
  },
  {
    id: 'hold-broker-login-fin',
    title: 'The broker closes links that do not log in within 2 s: no idle time-out, and none is named',
    peer: [{ host: at.MQTT, behaviour: { loginWithinMs: 2000 } }],
    args: ['--hold', '5s'],
    unusual: true,
    expect: works(),
    check: undecided('without a login'),
  },
  {
    id: 'hold-broker-login-close',
    title: 'The same by a WebSocket close frame',
    peer: [{ host: at.MQTT, behaviour: { loginWithinMs: 2000, loginLate: 'ws_close' } }],
    args: ['--hold', '5s'],
    unusual: true,
    expect: works(),
    check: undecided('without a login'),
  },
  {
    id: 'hold-broker-login-reset',
    title: 'The same by a reset',
    peer: [{ host: at.MQTT, behaviour: { loginWithinMs: 2000, loginLate: 'reset' } }],
    args: ['--hold', '5s'],
    unusual: true,
    expect: works(),
    check: undecided('without a login'),
  },
  {
    id: 'hold-lifetime',
    title: 'Something resets every link after 3 s, idle or not: not the idleness is to blame',
    peer: [{ host: at.MQTT, behaviour: { lifetimeMs: 3000 } }],
    args: ['--hold', '5s'],
    expect: works(),
    check: undecided('limits the life'),
  },
  {
    id: 'hold-broker-login-behind-idle',
    title: 'A firewall forgets idle links after 2 s, and the broker would close those that do not log in after 6 s',
    peer: [{ host: at.MQTT, behaviour: { loginWithinMs: 6000 } }],
    args: ['--hold', '5s'],
    gateway: stateful('reject with tcp reset'),
    also: (lab) => lab.forgetful(2),
    expect: cut,
  },
  {
    id: 'hold-conntrack-patient',
    title: 'The firewall forgets idle connections after a minute: longer than the Agent is ever silent',
    peer: [],
    args: ['--hold', '4s'],
    gateway: stateful('drop'),
    also: (lab) => lab.forgetful(60),
    unusual: true,
    expect: works(),
  },
];

const repeating: readonly LabCase[] = [
  {
    id: 'until-ok-firewall',
    title: 'mqtt is dropped until somebody opens the firewall while the doctor repeats',
    gateway: [mqttDropped],
    args: ['--until-ok', '--every', '1s'],
    meanwhile: async (lab, doctor) => {
      await says(doctor, 'link will_fail');
      await lab.nft(lab.ns.gateway, 'flush ruleset\n');
    },
    expect: works(),
    check: saidChange,
  },
  {
    id: 'until-ok-dns',
    title: 'The names do not exist until the resolver is put right while the doctor repeats',
    dns: { bad: { [at.APP]: 'nxdomain', [at.API]: 'nxdomain', [at.MQTT]: 'nxdomain' } },
    args: ['--until-ok', '--every', '1s'],
    meanwhile: async (lab, doctor) => {
      await says(doctor, 'claim will_fail');
      await lab.answer({});
    },
    expect: works(),
    check: saidChange,
  },
  {
    id: 'until-ok-strict',
    title: 'A risk remains after the repair: --until-ok ends, --strict says 4',
    dns: { families: '46' },
    gateway: ['ip6 daddr 2600::/16 drop', mqttDropped],
    args: ['--until-ok', '--every', '1s', '--strict'],
    meanwhile: async (lab, doctor) => {
      await says(doctor, 'link will_fail');
      await lab.nft(lab.ns.gateway, 'delete table inet lab\n');
      await lab.nft(
        lab.ns.gateway,
        'table inet lab {\n chain forward {\n type filter hook forward priority 0;\n ip6 daddr 2600::/16 drop\n }\n}\n',
      );
    },
    expect: { ...works(['tcp.ipv6_broken']), exit: 4 },
    check: saidChange,
  },
];

const interrupted: readonly LabCase[] = [
  {
    id: 'interrupt-probing',
    title: 'Ctrl-C while a dropped mqtt is waited for: what is known stays, what is not is unknown',
    gateway: [`ip daddr ${at.MQTT4} tcp dport 443 counter drop`],
    meanwhile: async (lab, doctor) => {
      await lab.counted();
      // The other hosts answer within this time; mqtt's deadline is far away.
      await sleep(1500);
      doctor.kill('SIGINT');
    },
    expect: {
      claim: ['will_work', 'unknown'],
      link: 'unknown',
      legs: {
        claim: ['will_work', 'unknown'],
        env: ['will_work', 'unknown'],
        auth: ['will_work', 'unknown'],
        link: 'unknown',
      },
      // A connection that was not waited for to the end proves nothing.
      cause: null,
      exit: 130,
    },
    check: cutShort,
  },
  {
    id: 'interrupt-hold',
    title: 'Ctrl-C while the link is held: everything else is known, and the hold says nothing',
    peer: [],
    args: ['--hold', '30s'],
    meanwhile: async (_, doctor) => {
      await sleep(5000);
      doctor.kill('SIGINT');
    },
    expect: { ...works(), exit: 130 },
    check: cutShort,
  },
  {
    id: 'interrupt-pause',
    title: 'Ctrl-C in the pause of --until-ok: the last attempt is delivered, marked interrupted',
    dns: { bad: { [at.MQTT]: 'nxdomain' } },
    args: ['--until-ok', '--every', '20s'],
    meanwhile: async (_, doctor) => {
      await says(doctor, 'link will_fail');
      await sleep(300);
      doctor.kill('SIGINT');
    },
    expect: { ...fails('dns.nxdomain', LINK), exit: 130 },
    check: cutShort,
  },
  {
    id: 'budget-all-silent',
    title: 'Two families and a proxy, everything silent: the run still ends within its budget',
    dns: { families: '46' },
    gateway: ['oifname "wan0" drop', 'oifname "dmz0" drop'],
    files: claiming(squid),
    expect: fails('proxy.unreachable', undefined, { orCause: ['proxy.no_answer'] }),
    check: inBudget(2),
  },
  {
    id: 'budget-three-routes-silent',
    title:
      'Two families, a proxy of each kind and the direct way, everything silent: the run still ends within its budget',
    dns: { families: '46' },
    gateway: ['oifname "wan0" drop', 'oifname "dmz0" drop'],
    files: claiming(squid),
    env: { https_proxy: `socks5h://${at.PROXY_NAME}:${PORT.dante}` },
    expect: fails('proxy.unreachable', undefined, { orCause: ['proxy.no_answer'] }),
    check: inBudget(3),
  },
];

export const modeCases: readonly LabCase[] = [...asUser, ...namespaces, ...holding, ...repeating, ...interrupted];
