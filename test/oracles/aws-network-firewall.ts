/** Reads what `targets/aws/network-firewall.ts` writes, and nothing else. */
import { MARKER } from '../../src/firewall/core/names.js';
import { type Shape, object, list as listOf, fqdn, exactly, text, either, prefix, integer } from './shape.js';
import { fqdnProblem, parsePort } from '../../src/firewall/core/sanitise.js';
import { revisionShape } from './aws-iac.js';
import { ID, CREATE, UPDATE } from '../../src/firewall/targets/aws/network-firewall.js';
import { tagShape } from './aws-common.js';
import { type RuleGroupShapes, lintRuleGroupForms } from './aws-network-firewall-iac.js';
import { lintJson } from './json-file.js';
import { namesHold } from './aws-header.js';
import type { RenderedFile } from '../../src/model/allow-list.js';

/** Of a stateful rule group (Network Firewall quotas). */
const MAX_CAPACITY = 30_000;

const PORT = '(?:[0-9]{1,5}|\\[[0-9]{1,5}(?:,[0-9]{1,5})+\\])';

const PASS = new RegExp(
  `^pass tls \\$HOME_NET any -> \\$EXTERNAL_NET (${PORT}) \\(msg:"${MARKER} ([a-z0-9.-]+)"; flow:to_server, established; ` +
    `tls\\.sni; content:"([a-z0-9.-]+)"; startswith; endswith; nocase; sid:([1-9][0-9]{0,9}); rev:1;\\)$`,
);

const DROP = new RegExp(
  `^drop tls \\$HOME_NET any -> \\$EXTERNAL_NET any \\(msg:"${MARKER} other names"; flow:to_server, established; ` +
    `ssl_state:client_hello; sid:([1-9][0-9]{0,9}); rev:1;\\)$`,
);

/** One pass rule for each name and port list, at most one drop, and that one last; every sid once. */
const rulesString: Shape = (value, path) => {
  if (typeof value !== 'string' || value === '') return [`${path}: is no text`];
  const rows = value.split('\n');
  const sids = new Set<string>();
  const problems = rows.flatMap((row, index) => {
    const drop = index === rows.length - 1 && index > 0 ? DROP.exec(row) : null;
    const match = drop ?? PASS.exec(row);
    const sid = drop?.[1] ?? match?.[4];
    if (match === null || sid === undefined) return [`${path}: not of our grammar: ${row.slice(0, 120)}`];
    if (sids.has(sid)) return [`${path}: sid ${sid} twice`];
    sids.add(sid);
    if (drop !== null) return [];
    const name = match[3] ?? '';
    if (name !== match[2] || fqdnProblem(name) !== null) return [`${path}: ${name} is no name of ours`];
    return (match[1] ?? '').match(/\d+/g)?.every((item) => isPort(item)) === true
      ? []
      : [`${path}: bad port in ${row}`];
  });
  return problems;
};

function isPort(item: string): boolean {
  try {
    return parsePort(item) > 0;
  } catch {
    return false;
  }
}

const DOMAIN_LIST = object({
  Targets: listOf(fqdn),
  TargetTypes: listOf(exactly('TLS_SNI'), 1, 1),
  GeneratedRulesType: exactly('ALLOWLIST'),
});

const ORDER = text(/STRICT_ORDER|DEFAULT_ACTION_ORDER/);

const NETWORKS = listOf(either(prefix(4), prefix(6)));

/** `rules`: the shape of what holds the text of the rules. */
function groupShape(rules: Shape): Shape {
  return object(
    {
      RulesSource: either(object({ RulesString: rules }), object({ RulesSourceList: DOMAIN_LIST })),
      StatefulRuleOptions: object({ RuleOrder: ORDER }),
    },
    { RuleVariables: object({ IPSets: object({ HOME_NET: object({ Definition: NETWORKS }) }) }) },
  );
}

const COMMON = {
  RuleGroupName: exactly(MARKER),
  Type: exactly('STATEFUL'),
  Description: revisionShape(ID),
};

const SHAPES: Readonly<Record<string, Shape>> = {
  [CREATE]: object({
    ...COMMON,
    RuleGroup: groupShape(rulesString),
    Capacity: integer(1, MAX_CAPACITY),
    Tags: tagShape(ID),
  }),
  [UPDATE]: object({ ...COMMON, RuleGroup: groupShape(rulesString) }),
};

const FORM_SHAPES: RuleGroupShapes = {
  rulesString,
  domainList: DOMAIN_LIST,
  group: groupShape,
  common: { ...COMMON, Capacity: integer(1, MAX_CAPACITY), Tags: tagShape(ID) },
  networks: NETWORKS,
  order: ORDER,
};

export function awsNetworkFirewall(files: readonly RenderedFile[]): readonly string[] {
  const found = [
    ...files.flatMap((file) => {
      const shape = SHAPES[file.name];
      return shape === undefined ? [] : lintJson(file, shape);
    }),
    ...lintRuleGroupForms(files, ID, FORM_SHAPES),
  ];
  return found.length > 0 ? found : namesHold(files);
}
