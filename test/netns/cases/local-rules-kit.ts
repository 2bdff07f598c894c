/** What cases of this host's own rules are made with: what must be named, what must not, and short ways to write rules. */
import type { Observation } from '../../../src/model/observation.js';
import type { Leg } from '../../../src/model/route.js';
import { API4, APP4, MQTT4 } from '../harness/addresses.js';
import { fails, LINK, type LabCase } from '../harness/case.js';
import { found } from '../harness/judge.js';
import type { Rulesets } from '../harness/rulesets.js';

export const UID = 201;
type Own = Extract<Observation, { operation: 'read_local_firewall' }>;
type More = Partial<Pick<LabCase, 'also' | 'host' | 'dns' | 'resolvConf' | 'args'>>;

const base = (id: string, title: string, rulesets: Rulesets, more: More) =>
  ({ id: `rules-${id}`, title, netdataUser: UID, rulesets, ...more }) as const;

/** This host's own rules stop it, and the rule at this place is named. */
export function stops(
  id: string,
  title: string,
  rulesets: Rulesets,
  where: RegExp,
  legs?: readonly Leg[],
  more: More = {},
): LabCase {
  return {
    ...base(id, title, rulesets, more),
    expect: fails('host.local_firewall', legs),
    check({ report }) {
      const cause = found(report?.findings ?? []).find(({ id: name }) => name === 'host.local_firewall');
      const said = `${String(cause?.data['where'])}: ${String(cause?.data['rule'])}`;
      return where.test(said) && cause?.confidence === 'certain' ? [] : [`named ${said}, ${String(cause?.confidence)}`];
    },
  };
}

/** The gateway stops it; this host's rules do not, or only perhaps: then the rule is quoted and nobody is certain. */
export function passes(
  id: string,
  title: string,
  rulesets: Rulesets,
  perhaps: RegExp | null = null,
  more: More = {},
): LabCase {
  return {
    ...base(id, title, rulesets, more),
    gateway: ['tcp dport 443 drop'],
    expect: fails('tcp.egress_blocked', undefined, { orCause: ['tcp.dropped'] }),
    check({ report }) {
      const own = (report?.observations ?? []).filter((seen): seen is Own => seen.operation === 'read_local_firewall');
      const rules = own.flatMap((read) => read.rules);
      const all = found(report?.findings ?? []);
      return [
        ...(own.length > 0 && own.every(({ failure }) => failure === null) ? [] : ['the rules were not read']),
        ...rules.filter(({ matches }) => matches === true).map((rule) => `${rule.where} is blamed`),
        ...(all.some(({ id: name }) => name.startsWith('host.local_')) ? ['this host is blamed'] : []),
        ...(perhaps === null ? rules.map((rule) => `${rule.where} is doubted`) : []),
        ...(perhaps !== null && !rules.some(({ where, text }) => perhaps.test(`${where}: ${text}`))
          ? ['the doubtful rule is not quoted']
          : []),
        ...(perhaps !== null && all.some(({ blames, confidence }) => blames === 'network' && confidence === 'certain')
          ? ['certain, although a rule is doubtful']
          : []),
      ];
    },
  };
}

/**
 * As `passes`, with the kernel as witness: the gateway stops one address alone, and what the same rules let out to the
 * others is seen to arrive.
 */
export function letsOut(
  id: string,
  title: string,
  rulesets: Rulesets,
  perhaps: RegExp | null = null,
  _legs?: readonly Leg[],
  more: More = {},
): LabCase {
  return {
    ...passes(id, title, rulesets, perhaps, more),
    gateway: [`ip daddr ${MQTT4} tcp dport 443 drop`],
    expect: fails('tcp.egress_blocked', LINK, { orCause: ['tcp.dropped'] }),
  };
}

/** A program listens where the rule leads, and lets the connection down. */
export function letsDown(
  id: string,
  title: string,
  rulesets: Rulesets,
  where: RegExp,
  also: NonNullable<LabCase['also']>,
): LabCase {
  return {
    ...base(id, title, rulesets, { also }),
    expect: fails('host.local_redirect'),
    check({ report }) {
      const cause = found(report?.findings ?? []).find(({ id: name }) => name === 'host.local_redirect');
      return where.test(String(cause?.data['where'])) ? [] : [`named ${String(cause?.data['where'])}`];
    },
  };
}

/** iptables rules with both backends. */
export function both<W extends RegExp | null>(
  make: (id: string, title: string, rulesets: Rulesets, where: W, legs?: readonly Leg[], more?: More) => LabCase,
  id: string,
  title: string,
  rulesets: Rulesets,
  where: W,
  legs?: readonly Leg[],
  more?: More,
): readonly LabCase[] {
  return (['nft', 'legacy'] as const).map((backend) =>
    make(`${id}-${backend}`, `${title} (${backend})`, { ...rulesets, backend }, where, legs, more),
  );
}

export const output = (rules: string, policy = 'accept'): Rulesets => ({
  nft: `table inet filter {\n chain output {\n  type filter hook output priority 0; policy ${policy};\n  ${rules.replaceAll('; ', '\n  ')}\n }\n}\n`,
});
export const save = (rules: string, policies = 'ACCEPT ACCEPT', chains = '', table = 'filter'): Rulesets => {
  const [input, out] = policies.split(' ');
  const filter = table === 'filter' ? `:INPUT ${input} [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ${out} [0:0]\n` : '';
  return {
    iptables: `*${table}\n${filter}${chains
      .split(' ')
      .filter(Boolean)
      .map((name) => `:${name} - [0:0]\n`)
      .join('')}${rules.replaceAll('; ', '\n')}\nCOMMIT\n`,
  };
};
/** A table as iptables-save writes it, with its rules one a line. */
export const saved = (table: string, chains: string, rules: string): string =>
  `*${table}\n${chains
    .split(' ')
    .filter(Boolean)
    .map((name) => `:${name} - [0:0]\n`)
    .join('')}${rules}\nCOMMIT\n`;
export const set = (name: string, create: string, ...members: readonly string[]): string =>
  `create ${name} ${create}\n${members.map((member) => `add ${name} ${member}\n`).join('')}`;
export const CLOUD = [APP4, API4, MQTT4] as const;
