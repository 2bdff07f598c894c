/**
 * What else of this host stops packets, besides its firewall rules: routes, IPsec, settings of systemd, tc and XDP, and
 * the kernel's own count of what it could not send. Each is told only where there is something to tell.
 */
import type { Flow } from '../../firewall/read/flow.js';
import { policiesThatStop } from '../../firewall/read/ipsec.js';
import { discardingDevices, policyThatStops, routesThatStop, type Stop } from '../../firewall/read/routes.js';
import { stoppedByUnits, unitsIn, UNIT_PROPERTIES } from '../../firewall/read/units.js';
import { BESIDES_RULES } from '../../model/besides.js';
import type { LocalFirewallRule, LocalFlow } from '../../model/observation.js';
import type { RulesHost } from './local-firewall.js';

export interface Besides {
  readonly manager: string;
  readonly rules: readonly LocalFirewallRule[];
}

/** How often TCP sent something again in this network namespace, and how often that failed here (proc(5), TcpExt). */
export interface SentAgain {
  readonly again: number;
  readonly failed: number;
}

/** Null where the kernel does not count it. */
export async function sentAgain({ kernel }: Pick<RulesHost, 'kernel'>): Promise<SentAgain | null> {
  const [names = [], values = []] = ((await kernel('/proc/net/netstat')) ?? '')
    .split('\n')
    .filter((line) => line.startsWith('TcpExt:'))
    .map((line) => line.trim().split(' '));
  const valueOf = (name: string): number => Number(values[names.indexOf(name)]);
  const counted = { again: valueOf('TCPSynRetrans'), failed: valueOf('TCPRetransFail') };
  return Number.isInteger(counted.again) && Number.isInteger(counted.failed) ? counted : null;
}

/**
 * A rule of this host that drops, a BPF program, a filter of tc or a full queue make sending again fail; what a network
 * loses does not. Others of this host count too: the flows are meant only when hardly a SYN was sent again well.
 *
 * @param silent flows that met silence
 */
export function droppedByKernel(
  before: SentAgain | null,
  after: SentAgain | null,
  silent: readonly Flow[],
): readonly Besides[] {
  if (before === null || after === null || silent.length === 0) return [];
  const [again, failed] = [after.again - before.again, after.failed - before.failed];
  if (failed <= 0 || again - failed >= silent.length) return [];
  const text = `TCPRetransFail +${String(failed)}, TCPSynRetrans +${String(again)}`;
  return [
    {
      manager: BESIDES_RULES.kernel,
      rules: [
        { where: '/proc/net/netstat', text, action: 'other', matches: null, owner: null, flows: silent.map(toFlow) },
      ],
    },
  ];
}

/** Routes, policy routing, devices and IPsec; `lost`: flows that the kernel surely finds no way for. */
export async function routesAndPolicies(
  machine: RulesHost,
  flows: readonly Flow[],
  lost: ReadonlySet<Flow>,
  timeoutMs: number,
): Promise<readonly Besides[]> {
  const said = async (...args: readonly string[]): Promise<string> => {
    const result = await machine.run('ip', args, timeoutMs);
    return result.ok ? result.stdout : '';
  };
  const families = await Promise.all(
    (['-4', '-6'] as const).map(async (family) => {
      const own = flows.filter(({ address }) => address.includes(':') === (family === '-6'));
      if (own.length === 0) return [];
      const without = new Set(own.filter((flow) => lost.has(flow)));
      const [rules, table] = await Promise.all([
        said(family, 'rule', 'show'),
        said(family, 'route', 'show', 'table', 'all'),
      ]);
      const byPolicy = policyThatStops(rules, without);
      for (const flow of byPolicy.flatMap((stop) => stop.flows)) without.delete(flow);
      return [...byPolicy, ...routesThatStop(table, own, without)];
    }),
  );
  const [links, policies] = await Promise.all([said('-d', '-o', 'link', 'show'), said('xfrm', 'policy')]);
  const discarding = discardingDevices(links);
  const intoNothing = [...discarding].flatMap(([device, kind]): Stop[] => {
    const hit = flows.filter(({ route }) => route?.device === device);
    const [first] = hit;
    return first === undefined
      ? []
      : [{ where: `device ${device}`, text: `${first.address} dev ${device} (${kind})`, action: 'drop', flows: hit }];
  });
  return [
    ...toldOf(BESIDES_RULES.routing, [...families.flat(), ...intoNothing]),
    ...toldOf(BESIDES_RULES.ipsec, policiesThatStop(policies, flows)),
  ];
}

function toldOf(manager: string, stops: readonly Stop[]): readonly Besides[] {
  if (stops.length === 0) return [];
  const rules = stops.map(({ where, text, action, flows }): LocalFirewallRule => ({
    where,
    text,
    action,
    matches: true,
    owner: null,
    addresses: [...new Set(flows.map(({ address }) => address))],
    flows: flows.map(toFlow),
  }));
  return [{ manager, rules }];
}

/** Filters of tc and XDP on the devices of these flows: which packets they drop is not decided here. */
export async function filtersOfDevices(
  machine: RulesHost,
  flows: readonly Flow[],
  timeoutMs: number,
): Promise<readonly Besides[]> {
  const devices = new Set(
    flows.flatMap(({ route }) => (route === null || route.device === 'lo' ? [] : [route.device])),
  );
  const found = await Promise.all(
    [...devices].slice(0, 4).map(async (device): Promise<LocalFirewallRule[]> => {
      const asked = await Promise.all([
        machine.run('ip', ['-d', '-o', 'link', 'show', 'dev', device], timeoutMs),
        machine.run('tc', ['filter', 'show', 'dev', device, 'egress'], timeoutMs),
        machine.run('tc', ['filter', 'show', 'dev', device, 'ingress'], timeoutMs),
      ]);
      const [link = '', ...filters] = asked.map((result) => (result.ok ? result.stdout : ''));
      const xdp = /\bprog\/xdp\b.*|\bxdp(?:generic|drv|offload)?\b.*/.exec(link)?.[0];
      const doubtful = [
        ...(xdp === undefined ? [] : [xdp]),
        ...filters.flatMap((text) => text.split('\n')).filter((line) => DOUBTFUL_FILTER.test(line)),
      ];
      const own = flows.filter(({ route }) => route?.device === device).map(toFlow);
      return doubtful.slice(0, 4).map((text) => ({
        where: `tc and XDP of ${device}`,
        text: text.trim().slice(0, 200),
        action: 'other',
        matches: null,
        owner: null,
        flows: own,
      }));
    }),
  );
  return found.flat().length === 0 ? [] : [{ manager: BESIDES_RULES.tc, rules: found.flat() }];
}

/** Actions and programs that may drop; what only counts, marks or mirrors is left out (tc-actions(8), tc-bpf(8)). */
const DOUBTFUL_FILTER = /\baction (?:drop|shot)\b|\bgact action drop\b|\bbpf\b|\bpolice\b|\bEgress Redirect\b/;

/** Whom settings of systemd are asked about. */
export interface UnitQuestion {
  /** The Agent's unit and those around it; none = as the doctor's own. */
  readonly agent: readonly string[];
  /** Those around the doctor itself. */
  readonly prober: readonly string[];
}

export async function settingsOfUnits(
  machine: RulesHost,
  { agent, prober }: UnitQuestion,
  flows: { readonly agent: readonly Flow[]; readonly prober: readonly Flow[] },
  timeoutMs: number,
): Promise<readonly Besides[]> {
  const stopsOf = async (
    units: readonly string[],
    own: readonly Flow[],
    apart: boolean,
  ): Promise<LocalFirewallRule[]> => {
    if (units.length === 0 || own.length === 0) return [];
    const asked = ['show', '-p', UNIT_PROPERTIES.join(','), '--', ...units];
    const shown = await machine.run('systemctl', asked, timeoutMs);
    const settings = shown.ok ? unitsIn(shown.stdout) : [];
    const rules = new Map<string, LocalFirewallRule & { readonly flows: LocalFlow[] }>();
    for (const flow of own) {
      const stop = stoppedByUnits(settings, flow.address, flow.route?.device ?? null);
      if (stop === null) continue;
      const rule = rules.get(`${stop.unit} ${stop.text} ${String(stop.sure)}`) ?? {
        where: stop.unit,
        text: stop.text.slice(0, 200),
        action: stop.sure ? ('drop' as const) : ('other' as const),
        matches: stop.sure ? true : null,
        owner: null,
        flows: [],
      };
      rule.flows.push({ ...toFlow(flow), ...(apart ? { unit: units.at(-1) ?? '' } : {}) });
      rules.set(`${stop.unit} ${stop.text} ${String(stop.sure)}`, rule);
    }
    return [...rules.values()];
  };
  const [ofProber, ofAgent] = await Promise.all([
    stopsOf(prober, flows.prober, false),
    stopsOf(agent, flows.agent, true),
  ]);
  const rules = [...ofProber, ...ofAgent];
  return rules.length === 0 ? [] : [{ manager: BESIDES_RULES.systemd, rules }];
}

const toFlow = ({ protocol, address, port, uid }: Flow): LocalFlow => ({ protocol, address, port, uid });
