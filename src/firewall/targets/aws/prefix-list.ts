/**
 * AWS managed prefix lists, one for each family and port list: the object that security groups, route tables and
 * Network Firewall refer to. A change is one request with the version it builds upon: atomic, with history, and
 * `restore-managed-prefix-list-version` is the way back. Sources: docs/reference/firewall.md#aws-prefix-list; EC2 API,
 * CreateManagedPrefixList and ModifyManagedPrefixList; VPC quotas.
 */
import type { RenderedFile } from '../../../model/allow-list.js';
import { shortHeader } from '../../core/header.js';
import { toJson } from '../../core/json-file.js';
import { MARKER } from '../../core/names.js';
import { script, shellQuote } from '../../core/script.js';
import { RefusalError, type CheckedAllowList, type RuleOptions, type RuleTarget, USUAL } from '../../core/target.js';
import { assertAtMost, portGroups, type Endpoint } from '../../core/views.js';
import {
  botocoreValidator,
  cliValidator,
  describe,
  ENTRIES_PER_REQUEST,
  listName,
  MAX_ENTRIES,
  tagSpecification,
  type ApiCall,
} from './common.js';
import { cfnLintValidator, FORM, terraformValidator } from '../shared/iac.js';
import { prefixListForms, type PrefixListPlan } from './prefix-list-iac.js';

export const ID = 'aws-prefix-list';

/** Never an empty list; refuses more entries than there is room or than one request takes. */
function prefixLists(target: string, list: CheckedAllowList, options: RuleOptions): readonly PrefixListPlan[] {
  const maxEntries = Number(options.settings['max-entries']);
  const plans = portGroups(list, options).flatMap((group) =>
    options.families.map((family) => ({
      name: listName(family, group.suffix),
      family,
      suffix: group.suffix,
      ports: group.ports,
      maxEntries,
      entries: family === 4 ? group.v4 : group.v6,
    })),
  );
  for (const plan of plans) {
    assertAtMost(target, plan.entries.length, ENTRIES_PER_REQUEST, `entries of ${plan.name} in one request`);
    assertAtMost(target, plan.entries.length, maxEntries, `entries of ${plan.name} (see --set max-entries)`);
  }
  const filled = plans.filter((plan) => plan.entries.length > 0);
  if (filled.length === 0) throw new RefusalError(target, 'addresses_missing', 'no address is known');
  return filled;
}

function fileName(plan: Pick<PrefixListPlan, 'name'>): string {
  return `${plan.name}.${ID}.json`;
}

function entry(endpoint: Endpoint): { Cidr: string; Description: string } {
  return { Cidr: endpoint.cidr, Description: describe(endpoint) };
}

function request(plan: PrefixListPlan): object {
  return {
    PrefixListName: plan.name,
    AddressFamily: `IPv${String(plan.family)}`,
    MaxEntries: plan.maxEntries,
    Entries: plan.entries.map(entry),
    TagSpecifications: tagSpecification('prefix-list', ID),
  };
}

const MINE = `PrefixLists[?Tags[?Key=='${MARKER}'&&Value=='${ID}']]`;

const SYNC = `add=; seen=; drop=
# prefix, entry as JSON: to be added unless it is there
entry() {
  seen="$seen $1 "
  case "$have" in *" $1 "*) ;; *) add="$add\${add:+,}$2" ;; esac
}
load() { # name
  found=$(aws ec2 describe-managed-prefix-lists --filters "Name=prefix-list-name,Values=$1" \\
    --query "${MINE}.[PrefixListId,Version,MaxEntries]" --output text)
  id=$(printf '%s\\n' "$found" | cut -f 1)
  have=
  if [ -n "$id" ]; then
    have=$(aws ec2 get-managed-prefix-list-entries --prefix-list-id "$id" --query 'Entries[].Cidr' --output text)
    have=" $(printf '%s' "$have" | tr '\\t\\n' '  ') "
  fi
  add=; seen=; drop=
}
finish() { # name, request, room, ports
  if [ -z "$id" ]; then
    id=$(aws ec2 create-managed-prefix-list --cli-input-json "file://$dir/$2" --query PrefixList.PrefixListId --output text)
    echo "created $1: $id"
  else
    for old in $have; do
      case "$seen" in *" $old "*) ;; *) drop="$drop\${drop:+,}{\\"Cidr\\":\\"$old\\"}" ;; esac
    done
    version=$(printf '%s\\n' "$found" | cut -f 2)
    room=$(printf '%s\\n' "$found" | cut -f 3)
    if [ "$room" -lt "$3" ]; then
      echo "$1 has room for $room entries; first: aws ec2 modify-managed-prefix-list --prefix-list-id $id --max-entries $3" >&2
      exit 1
    fi
    if [ -z "$add$drop" ]; then
      echo "$1 is as it should be: $id"
    else
      aws ec2 modify-managed-prefix-list --prefix-list-id "$id" --current-version "$version" \\
        --add-entries "[$add]" --remove-entries "[$drop]" >/dev/null
      echo "changed $1: $id"
    fi
  fi
  for port in $4; do
    echo "  rule: aws ec2 authorize-security-group-egress --group-id sg-... --ip-permissions IpProtocol=tcp,FromPort=$port,ToPort=$port,PrefixListIds=[{PrefixListId=$id}]"
  done
}
`;

function installBody(plans: readonly PrefixListPlan[]): string {
  const calls = plans.map((plan) => {
    const rows = plan.entries.map(
      (endpoint) => `entry ${endpoint.cidr} ${shellQuote(JSON.stringify(entry(endpoint)))}\n`,
    );
    return `\nload ${plan.name}\n${rows.join('')}finish ${plan.name} ${fileName(plan)} ${String(plan.maxEntries)} '${plan.ports.join(' ')}'\n`;
  });
  return `${SYNC}${calls.join('')}`;
}

/** By the tag alone: also lists for ports that are no longer asked for. */
const UNINSTALL = `found=$(aws ec2 describe-managed-prefix-lists --query "${MINE}.[PrefixListId,PrefixListName]" --output text)
printf '%s\\n' "$found" | while read -r id name; do
  [ -n "$id" ] || continue
  aws ec2 delete-managed-prefix-list --prefix-list-id "$id" </dev/null >/dev/null
  echo "removed $name: $id"
done
`;
export const isRequest = (file: RenderedFile): boolean => file.name.endsWith(`.${ID}.json`);

const calls = (files: readonly RenderedFile[]): readonly ApiCall[] =>
  files.filter(isRequest).map((file) => ({
    file: file.name,
    service: 'ec2',
    command: 'create-managed-prefix-list',
    operation: 'CreateManagedPrefixList',
  }));

export const awsPrefixList: RuleTarget = {
  id: ID,
  title: 'AWS managed prefix lists (AWS CLI, Terraform, CloudFormation)',
  group: 'clouds',
  capabilities: { ...USUAL, matches: 'addresses', comments: false, dns: false },
  settings: [FORM, MAX_ENTRIES],
  render(list, options) {
    const plans = prefixLists(ID, list, options);
    const form = prefixListForms(awsPrefixList, list, options, plans);
    if (form !== null) return form;
    const short = shortHeader(awsPrefixList, list, options);
    return [
      ...plans.map((plan): RenderedFile => ({ name: fileName(plan), content: toJson(request(plan)), mode: 0o644 })),
      script('install', ID, short, installBody(plans)),
      script('uninstall', ID, short, UNINSTALL),
    ];
  },
  validators: [cliValidator(calls), botocoreValidator(calls), terraformValidator, cfnLintValidator],
};
