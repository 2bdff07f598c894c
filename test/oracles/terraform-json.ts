/**
 * Reads what `targets/shared/terraform-json.ts` writes, against the schema of each provider: which attributes a resource has,
 * which of them it needs, and which words it takes. Facts of: CiscoDevNet/fmc 2, resources fqdn and access_rule;
 * ubiquiti-community/unifi, resource firewall_policy; oracle/oci, resource core_network_security_group_security_rule.
 */
import { MARKER } from '../../src/firewall/core/names.js';
import { TF_JSON } from '../../src/firewall/targets/shared/terraform-json.js';
import type { RenderedFile } from '../../src/model/allow-list.js';
import { headerProblems } from './header-check.js';
import { lintJson } from './json-file.js';
import {
  also,
  dictionary,
  either,
  exactly,
  fqdn,
  list,
  object,
  port,
  prefix,
  PORT_TEXT,
  text,
  type Shape,
} from './shape.js';
import { sumOf, bodyLines, SUM } from '../../src/firewall/targets/shared/seal.js';

const LABEL = new RegExp(`^${MARKER}(?:-[A-Za-z0-9_-]+)?$`);
const NAME = text(new RegExp(LABEL.source.slice(1, -1)), 64);
const NOTE = text(new RegExp(`${MARKER} [a-z0-9. -]+`));
const isAddress = (written: string): boolean => written.includes(':') || /^[0-9./]+$/.test(written);
const whole = (written: string): string =>
  !isAddress(written) || written.includes('/') ? written : `${written}/${written.includes(':') ? '128' : '32'}`;
/** A prefix whose length may be left out where it is one host. */
const address: Shape = (value, path) => {
  const read = whole(typeof value === 'string' ? value : '');
  return prefix(read.includes(':') ? 6 : 4)(read, path);
};
const variable = (name: string): Shape => exactly(`\${var.nd_allow_${name}}`);

const FQDN = object({
  name: NAME,
  fqdn,
  dns_resolution: text(/IPV4_ONLY|IPV6_ONLY|IPV4_AND_IPV6/),
  description: NOTE,
});
const REFERRED = also(
  object({ id: text(/\$\{fmc_fqdn\.[A-Za-z0-9_-]+\.id\}/), type: text(/\$\{fmc_fqdn\.[A-Za-z0-9_-]+\.type\}/) }),
  (row: { id: string; type: string }) => (row.id.replace('.id}', '.type}') === row.type ? null : 'mixes two objects'),
);
const ACCESS_RULE = also(
  object(
    {
      access_control_policy_id: variable('access_control_policy_id'),
      section: text(/mandatory|default/),
      name: NAME,
      action: exactly('ALLOW'),
      destination_port_literals: list(
        object({ type: exactly('PortLiteral'), protocol: text(/6|17/), port: text(new RegExp(PORT_TEXT)) }),
        1,
      ),
      description: NOTE,
    },
    {
      destination_network_objects: list(REFERRED, 1),
      destination_network_literals: list(object({ value: address }), 1),
    },
  ),
  (row: object) =>
    'destination_network_objects' in row || 'destination_network_literals' in row
      ? null
      : 'holds for every destination',
);

const POLICY = also(
  object({
    name: NAME,
    description: NOTE,
    action: exactly('ALLOW'),
    ip_version: text(/IPV4|IPV6/),
    protocol: text(/tcp|tcp_udp/),
    create_allow_respond: exactly(true),
    source: object({ zone_id: variable('source_zone_id'), matching_target: exactly('ANY') }),
    destination: object({
      zone_id: variable('destination_zone_id'),
      matching_target: exactly('IP'),
      ips: list(address, 1),
      port_matching_type: exactly('SPECIFIC'),
      port: text(new RegExp(`${PORT_TEXT}(?:,${PORT_TEXT})*`)),
    }),
  }),
  (row: { protocol: string; ip_version: string; destination: { port: string; ips: string[] } }) =>
    row.protocol === 'tcp_udp' && row.destination.port !== '53'
      ? 'opens UDP'
      : row.destination.ips.some((ip) => ip.includes(':') !== (row.ip_version === 'IPV6'))
        ? 'mixes families'
        : null,
);

const RANGE = object({
  destination_port_range: also(object({ max: port, min: port }), (value: { max: number; min: number }) =>
    value.max === value.min ? null : 'is a range',
  ),
});
const COMMON = {
  network_security_group_id: variable('network_security_group_id'),
  direction: exactly('EGRESS'),
  description: text(new RegExp(`${MARKER} id=netdata-cloud rev=[0-9a-f]{12} target=oci-nsg mode=allow`)),
  destination: either(prefix(4), prefix(6)),
  destination_type: exactly('CIDR_BLOCK'),
  stateless: exactly(false),
};
const NSG_RULE = either(
  object({ ...COMMON, protocol: exactly('6'), tcp_options: RANGE }),
  object({ ...COMMON, protocol: exactly('17'), udp_options: RANGE }),
);

const VARIABLES = dictionary(
  /^nd_allow_[a-z_]+$/,
  object({ description: text(/[A-Za-z ]+/), type: exactly('string') }),
);

type Resources = Readonly<Record<string, Readonly<Record<string, never>>>>;
interface Flow {
  readonly to: readonly string[];
  readonly ports: readonly string[];
}
interface Provider {
  readonly shape: Shape;
  /** What is let through by TCP, without DNS. */
  flows(resources: Resources): readonly Flow[];
}

interface FmcRule {
  readonly destination_network_objects?: readonly { readonly id: string }[];
  readonly destination_network_literals?: readonly { readonly value: string }[];
  readonly destination_port_literals: readonly { readonly protocol: string; readonly port: string }[];
}

const PROVIDERS: Readonly<Record<string, Provider>> = {
  'cisco-fmc': {
    shape: object({ fmc_access_rule: dictionary(LABEL, ACCESS_RULE) }, { fmc_fqdn: dictionary(LABEL, FQDN) }),
    flows: ({ fmc_fqdn: names = {}, fmc_access_rule: rules = {} }) =>
      Object.entries(rules as Readonly<Record<string, FmcRule>>)
        .filter(([label]) => label !== `${MARKER}-dns`)
        .map(([, rule]) => ({
          to: [
            ...(rule.destination_network_objects ?? []).map(({ id }) => {
              const found = (names as Readonly<Record<string, { fqdn: string }>>)[id.slice('${fmc_fqdn.'.length, -4)];
              return found?.fqdn ?? `nothing: ${id}`;
            }),
            ...(rule.destination_network_literals ?? []).map(({ value }) => value),
          ],
          ports: rule.destination_port_literals.map((row) => (row.protocol === '6' ? row.port : 'udp')),
        })),
  },
  unifi: {
    shape: object({ unifi_firewall_policy: dictionary(LABEL, POLICY) }),
    flows: ({ unifi_firewall_policy: rules = {} }) =>
      Object.values(
        rules as Readonly<Record<string, { protocol: string; destination: { ips: string[]; port: string } }>>,
      )
        .filter(({ protocol }) => protocol === 'tcp')
        .map(({ destination }) => ({ to: destination.ips, ports: destination.port.split(',') })),
  },
  'oci-nsg': {
    shape: object({ oci_core_network_security_group_security_rule: dictionary(LABEL, NSG_RULE) }),
    flows: ({ oci_core_network_security_group_security_rule: rules = {} }) =>
      Object.values(
        rules as Readonly<
          Record<string, { destination: string; tcp_options?: { destination_port_range: { min: number } } }>
        >,
      ).flatMap((row) =>
        row.tcp_options === undefined || row.tcp_options.destination_port_range.min === 53
          ? []
          : [{ to: [row.destination], ports: [String(row.tcp_options.destination_port_range.min)] }],
      ),
  },
};

export const isTerraformJson = (file: RenderedFile): boolean => file.name.endsWith(TF_JSON);

function resourcesOf(file: RenderedFile): Resources {
  return (JSON.parse(file.content) as { readonly resource: Resources }).resource;
}

/** Reader of one target's module and its notice. */
export function terraformJson(id: string): {
  (files: readonly RenderedFile[]): readonly string[];
  flows(files: readonly RenderedFile[]): readonly string[];
} {
  const provider = PROVIDERS[id];
  if (provider === undefined) throw new Error(`no provider is known for ${id}`);
  const flowsIn = (files: readonly RenderedFile[]): readonly Flow[] =>
    files.filter(isTerraformJson).flatMap((file) => provider.flows(resourcesOf(file)));
  const lint = (files: readonly RenderedFile[]): readonly string[] => {
    const own = files.filter(isTerraformJson);
    const strangers = files.filter((file) => !own.includes(file) && file.role !== 'note').map(({ name }) => name);
    const shape = object({ variable: VARIABLES, resource: provider.shape });
    const problems = [
      ...strangers.map((name) => `${name}: is not ours`),
      ...own.flatMap((file) => lintJson(file, shape)),
    ];
    if (problems.length > 0) return problems;
    const sums = files.flatMap((file) => (file.role === 'note' ? file.content.split('\n') : []));
    const broken = own.filter(
      (file) =>
        sums.some((line) => line.startsWith(SUM)) &&
        !sums.includes(`${SUM} ${sumOf(bodyLines(file.content, null))} ${file.name}`),
    );
    if (broken.length > 0) return broken.map(({ name }) => `${name}: its sum is another one`);
    const allowed = flowsIn(files).map(({ to, ports }) => ({ names: to.filter((row) => !isAddress(row)), ports }));
    return headerProblems(
      files,
      allowed,
      allowed.some(({ names }) => names.length > 0),
    );
  };
  return Object.assign(lint, {
    flows: (files: readonly RenderedFile[]) =>
      flowsIn(files).flatMap(({ to, ports }) => to.flatMap((row) => ports.map((number) => `${whole(row)} ${number}`))),
  });
}
