/**
 * Oracle Cloud network security group: stateful egress rules for `oci network nsg rules`, one for each prefix and port,
 * 25 in a call. Addresses only; the group has 120 rules for everybody's purposes together.
 * Sources: docs/rules/oci-nsg.md names Oracle's pages.
 */
import type { RenderedFile } from '../../model/allow-list.js';
import { MARKER } from '../core/names.js';
import { toJson } from '../core/json-file.js';
import { script } from '../core/script.js';
import { type CheckedAllowList, type RuleOptions, type RuleSetting, type RuleTarget, USUAL } from '../core/target.js';
import { assertAtMost, portGroups, remoteResolvers } from '../core/views.js';
import { TF_MARKER } from './shared/iac.js';
import { objectName } from './shared/destinations.js';
import { deviceMark, deviceNotice, deviceShortHead } from './shared/device-head.js';
import { reference, terraformJson } from './shared/terraform-json.js';

const ID = 'oci-nsg';
/** Security rules of one group. */
const MAX_RULES = 120;
/** Rules in one call. */
export const PER_CALL = 25;

const FORM: RuleSetting = {
  name: 'form',
  title: 'terraform; without it, requests and scripts for the oci CLI',
  default: '',
  pattern: /^(?:terraform)?$/,
};
const GROUP = `${TF_MARKER}_network_security_group_id`;

const TCP = '6';
const UDP = '17';

interface Rule {
  readonly description: string;
  readonly destination: string;
  readonly destinationType: 'CIDR_BLOCK';
  readonly direction: 'EGRESS';
  readonly isStateless: false;
  readonly protocol: string;
  readonly tcpOptions?: { readonly destinationPortRange: { readonly max: number; readonly min: number } };
  readonly udpOptions?: { readonly destinationPortRange: { readonly max: number; readonly min: number } };
}

function rulesFor(list: CheckedAllowList, options: RuleOptions, description: string): readonly Rule[] {
  const rule = (destination: string, port: number, protocol = TCP): Rule => {
    const range = { destinationPortRange: { max: port, min: port } };
    return {
      description,
      destination,
      destinationType: 'CIDR_BLOCK',
      direction: 'EGRESS',
      isStateless: false,
      protocol,
      ...(protocol === TCP ? { tcpOptions: range } : { udpOptions: range }),
    };
  };
  const cloud = portGroups(list, options).flatMap((group) =>
    [...group.v4, ...group.v6].flatMap((endpoint) => group.ports.map((port) => rule(endpoint.cidr, port))),
  );
  const dns = options.dns
    ? options.families.flatMap((family) =>
        remoteResolvers(list, family).flatMap((address) =>
          [UDP, TCP].map((protocol) => rule(`${address}/${family === 4 ? '32' : '128'}`, 53, protocol)),
        ),
      )
    : [];
  assertAtMost(ID, cloud.length + dns.length, MAX_RULES, 'rules (one for each prefix and port)');
  return [...dns, ...cloud];
}

function fileName(index: number): string {
  return `${MARKER}-${String(index + 1)}.${ID}.json`;
}

const READ = `nsg=\${1:?give the OCID of the network security group}
ours=$(oci network nsg rules list --nsg-id "$nsg" --direction EGRESS --all \\
  --query "data[?starts_with(not_null(description, 'none'), '${MARKER} id=netdata-cloud')].id" --output json |
  tr -d '[]", ')
`;
const REMOVE = `for id in $ours; do
  oci network nsg rules remove --nsg-id "$nsg" --security-rule-ids "[\\"$id\\"]" --force >/dev/null
done
`;

/** The same rules, as the provider spells them. */
function asTerraform(rule: Rule): [string, object] {
  const range = (rule.tcpOptions ?? rule.udpOptions)?.destinationPortRange;
  const protocol = rule.protocol === TCP ? 'tcp' : 'udp';
  const key = rule.destination.replaceAll(/[.:]/g, '_').replace('/', '-');
  return [
    objectName(`${protocol}-${String(range?.min)}-${key}`, 255),
    {
      network_security_group_id: reference(`var.${GROUP}`),
      direction: rule.direction,
      protocol: rule.protocol,
      description: rule.description,
      destination: rule.destination,
      destination_type: rule.destinationType,
      stateless: rule.isStateless,
      [`${protocol}_options`]: { destination_port_range: range },
    },
  ];
}

const HINT =
  'They hold for the VNICs in the group. A security list of the subnet that lets everything out makes them useless.';

export const ociNsg: RuleTarget = {
  id: ID,
  title: 'Oracle Cloud network security group (oci CLI, Terraform)',
  group: 'clouds',
  capabilities: {
    ...USUAL,
    matches: 'addresses',
    comments: false,
  },
  settings: [FORM],
  render(list, options) {
    const rules = rulesFor(list, options, deviceMark(ociNsg, list, options));
    if (options.settings[FORM.name] === 'terraform')
      return terraformJson(
        ociNsg,
        list,
        options,
        {
          variable: { [GROUP]: 'OCID of the network security group' },
          resource: { oci_core_network_security_group_security_rule: Object.fromEntries(rules.map(asTerraform)) },
        },
        [`${String(rules.length)} rules; a group has at most ${String(MAX_RULES)}, yours among them.`, HINT],
      );
    const short = deviceShortHead(ociNsg, list, options, '#');
    const files = Array.from({ length: Math.ceil(rules.length / PER_CALL) }, (_, index): RenderedFile => ({
      name: fileName(index),
      content: toJson(rules.slice(index * PER_CALL, (index + 1) * PER_CALL)),
      mode: 0o644,
    }));
    const add = files
      .map(
        ({ name }) => `oci network nsg rules add --nsg-id "$nsg" --security-rules "file://$dir/${name}" >/dev/null\n`,
      )
      .join('');
    return [
      ...files,
      script('install', ID, short, `${READ}${add}# The new ones are in force: the old ones go.\n${REMOVE}`),
      script('uninstall', ID, short, `${READ}${REMOVE}`),
      deviceNotice(
        ociNsg,
        list,
        options,
        [
          `${String(rules.length)} rules; a group has at most ${String(MAX_RULES)}, yours among them, and for a moment the old ones stand beside the new.`,
          HINT,
        ],
        [],
      ),
    ];
  },
};
