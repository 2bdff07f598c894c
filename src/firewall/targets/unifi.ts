/**
 * UniFi zone policies, by a Terraform provider of the controller: one for each list of ports and family. Addresses
 * alone: whether a domain in a policy also stands for what is below it is documented nowhere that we know.
 * Sources: docs/rules/unifi.md.
 */
import { formatShort } from '../core/cidr.js';
import { MARKER } from '../core/names.js';
import { RefusalError, type CheckedAllowList, type RuleOptions, type RuleTarget, USUAL } from '../core/target.js';
import { assertAtMost, portGroups, remoteResolvers } from '../core/views.js';
import { groupName } from './shared/destinations.js';
import { TF_MARKER } from './shared/iac.js';
import { reference, terraformJson, type TerraformModule } from './shared/terraform-json.js';

const ID = 'unifi';
const FROM = `${TF_MARKER}_source_zone_id`;
const TO = `${TF_MARKER}_destination_zone_id`;
/** No device list of ours is meant to be longer. */
const MAX_ADDRESSES = 500;

interface Row {
  readonly name: string;
  readonly family: 4 | 6;
  readonly protocol: 'tcp' | 'tcp_udp';
  readonly ports: readonly number[];
  readonly addresses: readonly string[];
}

function rows(list: CheckedAllowList, options: RuleOptions): readonly Row[] {
  const dns = options.families.map((family): Row => ({
    name: groupName(`dns-v${String(family)}`),
    family,
    protocol: 'tcp_udp',
    ports: [53],
    addresses: options.dns ? remoteResolvers(list, family) : [],
  }));
  const cloud = portGroups(list, options).flatMap((group) =>
    options.families.map((family): Row => ({
      name: groupName(`${group.suffix}${group.suffix === '' ? '' : '-'}v${String(family)}`),
      family,
      protocol: 'tcp',
      ports: group.ports,
      addresses: (family === 4 ? group.v4 : group.v6).map(({ prefix }) => formatShort(prefix)),
    })),
  );
  const all = [...dns, ...cloud].filter(({ addresses }) => addresses.length > 0);
  if (all.length === 0) throw new RefusalError(ID, 'addresses_missing', 'no address is known for any name');
  assertAtMost(
    ID,
    all.reduce((sum, { addresses }) => sum + addresses.length, 0),
    MAX_ADDRESSES,
    'addresses',
  );
  return all;
}

function moduleOf(list: CheckedAllowList, options: RuleOptions): TerraformModule {
  const policies = rows(list, options).map((row) => [
    row.name,
    {
      name: row.name,
      description: `${MARKER} netdata cloud`,
      action: 'ALLOW',
      ip_version: `IPV${String(row.family)}`,
      protocol: row.protocol,
      // The answers: what opens them by itself goes with the policy.
      create_allow_respond: true,
      source: { zone_id: reference(`var.${FROM}`), matching_target: 'ANY' },
      destination: {
        zone_id: reference(`var.${TO}`),
        matching_target: 'IP',
        ips: row.addresses,
        port_matching_type: 'SPECIFIC',
        port: row.ports.join(','),
      },
    },
  ]);
  return {
    variable: {
      [FROM]: 'Zone of the hosts with Agents',
      [TO]: 'Zone of the internet',
    },
    resource: { unifi_firewall_policy: Object.fromEntries(policies) as Record<string, object> },
  };
}

export const unifi: RuleTarget = {
  id: ID,
  title: 'UniFi zone policies, Terraform',
  group: 'devices',
  capabilities: { ...USUAL, matches: 'addresses', comments: false },
  settings: [],
  render(list, options) {
    return terraformJson(unifi, list, options, moduleOf(list, options), [
      `Give the ids of the zones as the variables ${FROM} and ${TO}.`,
      'The controller puts new policies at the end of their pair of zones, and the provider cannot move them: where a policy',
      'of yours blocks before them, move them in front of it by hand.',
    ]);
  },
};
