/**
 * Cisco Secure Firewall (FTD), by the Management Center's Terraform provider: FQDN objects, which the firewall itself
 * resolves, and one access rule for each list of ports. The API wants ids that only it knows, so the provider, which
 * looks them up, is the form. Sources: docs/rules/cisco-fmc.md names Cisco's pages.
 */
import { formatShort } from '../core/cidr.js';
import { MARKER } from '../core/names.js';
import { type CheckedAllowList, type RuleOptions, type RuleTarget, USUAL } from '../core/target.js';
import {
  destinationGroups,
  groupName,
  MATCH_NAMES,
  objectName,
  resolverDestinations,
  type Destination,
} from './shared/destinations.js';
import { reference, terraformJson, type TerraformModule } from './shared/terraform-json.js';
import { TF_MARKER } from './shared/iac.js';

const ID = 'cisco-fmc';
/** Names of objects: 64 characters. */
const NAME_MAX = 64;
const POLICY = `${TF_MARKER}_access_control_policy_id`;

const TCP = '6';
const UDP = '17';

function resolution(families: readonly (4 | 6)[]): string {
  return families.length === 2 ? 'IPV4_AND_IPV6' : `IPV${String(families[0] ?? 4)}_ONLY`;
}

function networks(destinations: readonly Destination[]): object {
  const objects = destinations.flatMap(({ fqdn, key }) => {
    const of = `fmc_fqdn.${objectName(key, NAME_MAX)}`;
    return fqdn === null ? [] : [{ id: reference(`${of}.id`), type: reference(`${of}.type`) }];
  });
  const literals = destinations.flatMap(({ prefix }) => (prefix === null ? [] : [{ value: formatShort(prefix) }]));
  return {
    ...(objects.length === 0 ? {} : { destination_network_objects: objects }),
    ...(literals.length === 0 ? {} : { destination_network_literals: literals }),
  };
}

function moduleOf(list: CheckedAllowList, options: RuleOptions): TerraformModule {
  const groups = destinationGroups(ID, list, options);
  const resolvers = resolverDestinations(list, options);
  const named = groups.flatMap((group) => group.destinations).filter(({ fqdn }) => fqdn !== null);
  const rule = (suffix: string, destinations: readonly Destination[], ports: object[]): [string, object] => [
    groupName(suffix),
    {
      access_control_policy_id: reference(`var.${POLICY}`),
      section: options.settings['section'],
      name: groupName(suffix),
      action: 'ALLOW',
      ...networks(destinations),
      destination_port_literals: ports,
      description: `${MARKER} netdata cloud`,
    },
  ];
  const port = (number: number, protocol = TCP): object => ({ type: 'PortLiteral', protocol, port: String(number) });
  return {
    variable: { [POLICY]: 'Access control policy that gets the rules' },
    resource: {
      fmc_fqdn: Object.fromEntries(
        named.map(({ key, fqdn, note }) => [
          objectName(key, NAME_MAX),
          {
            name: objectName(key, NAME_MAX),
            fqdn,
            dns_resolution: resolution(options.families),
            description: note,
          },
        ]),
      ),
      fmc_access_rule: Object.fromEntries([
        ...(resolvers.length === 0 ? [] : [rule('dns', resolvers, [port(53, UDP), port(53)])]),
        ...groups.map((group) =>
          rule(
            group.suffix,
            group.destinations,
            group.ports.map((number) => port(number)),
          ),
        ),
      ]),
    },
  };
}

export const ciscoFmc: RuleTarget = {
  id: ID,
  title: 'Cisco Secure Firewall (FTD, Management Center), Terraform',
  group: 'devices',
  capabilities: { ...USUAL, comments: false },
  settings: [
    MATCH_NAMES,
    {
      name: 'section',
      title: 'part of the policy that the rules go to (mandatory/default)',
      default: 'mandatory',
      pattern: /^(?:mandatory|default)$/,
    },
  ],
  render(list, options) {
    return terraformJson(ciscoFmc, list, options, moduleOf(list, options), [
      `Give the id of your policy as the variable ${POLICY}. Nothing holds before the change is deployed.`,
      'New rules go to the end of the section: move them in front of a rule of yours that blocks. They hold for every zone.',
      'Names need a DNS server group in the platform settings of the firewall.',
      'Exempt the destinations from decryption: the link does not survive it.',
    ]);
  },
};
