/** Reads what `targets/aws/prefix-list-iac.ts` writes, and nothing else. */
import { MARKER } from '../../src/firewall/core/names.js';
import {
  type Shape,
  object,
  text,
  exactly,
  integer,
  list as listOf,
  prefix,
  tuple,
  also,
  port,
  dictionary,
} from './shape.js';
import { DESCRIPTION, tagShape } from './aws-common.js';
import { ENTRIES_PER_REQUEST } from '../../src/firewall/targets/aws/common.js';
import { tfTagShape, refersTo, templateShape, always, lintForms } from './aws-iac.js';
import { expression } from '../../src/firewall/core/hcl.js';
import {
  VARIABLE,
  VARIABLE_TEXT,
  LIST,
  RULE,
  OUTPUT,
  tfName,
  CONDITION,
  PARAMETER,
  logicalId,
  PARAMETERS,
  CONDITIONS,
} from '../../src/firewall/targets/aws/prefix-list-iac.js';
import type { RenderedFile } from '../../src/model/allow-list.js';

const NAME = new RegExp(`${MARKER}-v[46](?:-[a-z0-9-]{1,20})?`);

function noMoreThanRoom(cidrs: readonly string[], room: number): string | null {
  if (cidrs.length > room) return 'has more entries than room';
  return new Set(cidrs).size < cidrs.length ? 'has a prefix twice' : null;
}

interface TfList {
  readonly name: string;
  readonly max_entries: number;
  readonly entry: readonly { readonly cidr: string }[];
}

interface TfRule {
  readonly from_port: number;
  readonly to_port: number;
  readonly prefix_list_id: string;
  readonly description: string;
}

function tfList(target: string, family: 4 | 6): Shape {
  const shape = object({
    name: text(NAME),
    address_family: exactly(`IPv${String(family)}`),
    max_entries: integer(1, 1000),
    entry: listOf(object({ cidr: prefix(family), description: DESCRIPTION }), 1, ENTRIES_PER_REQUEST),
    tags: tfTagShape(target),
  });
  return tuple(
    also(shape, (row: TfList) =>
      noMoreThanRoom(
        row.entry.map((item) => item.cidr),
        row.max_entries,
      ),
    ),
  );
}

/** Names agree with what they stand for, every list is referred to, and nothing else is. */
function tfWhole(target: string): Shape {
  const [v4, v6] = [tfList(target, 4), tfList(target, 6)];
  const rule = object({
    for_each: refersTo(`var.${VARIABLE}`),
    security_group_id: refersTo('each.value'),
    ip_protocol: exactly('tcp'),
    from_port: port,
    to_port: port,
    prefix_list_id: text(/\$\{[a-z0-9_.]+\}/),
    description: text(NAME),
    tags: tfTagShape(target),
  });
  const shape = object({
    variable: object({
      [VARIABLE]: tuple(
        object({ description: exactly(VARIABLE_TEXT), type: refersTo('map(string)'), default: object({}) }),
      ),
    }),
    resource: object({
      [LIST]: dictionary(/[a-z0-9_]+/, (value, path) =>
        (JSON.stringify(value).includes('"IPv6"') ? v6 : v4)(value, path),
      ),
      [RULE]: dictionary(/[a-z0-9_]+/, tuple(rule)),
    }),
    output: object({
      [OUTPUT]: tuple(
        object({
          description: exactly('For whatever else refers to the lists'),
          value: dictionary(NAME, text(/\$\{[a-z0-9_.]+\}/)),
        }),
      ),
    }),
  });
  return also(
    shape,
    (file: {
      resource: { [LIST]: Record<string, [TfList]>; [RULE]: Record<string, [TfRule]> };
      output: Record<string, [{ value: Record<string, string> }]>;
    }) => {
      const lists = Object.entries(file.resource[LIST]);
      const rules = Object.entries(file.resource[RULE]);
      const outputs = file.output[OUTPUT]?.[0].value ?? {};
      for (const [name, [row]] of lists) {
        if (name !== tfName(row) || row.name[MARKER.length + 2] !== familyDigit(row.entry))
          return `${name} is misnamed`;
        if (!rules.some(([, [item]]) => item.description === row.name)) return `no rule refers to ${name}`;
        if (outputs[row.name] !== expression(`${LIST}.${name}.id`)) return `no output gives ${name}`;
      }
      if (Object.keys(outputs).length !== lists.length) return 'has an output for a list that is not there';
      for (const [name, [row]] of rules) {
        const of = tfName({ name: row.description });
        if (row.from_port !== row.to_port) return `${name} is a range of ports`;
        if (name !== `${of}_tcp_${String(row.from_port)}`) return `${name} is misnamed`;
        if (row.prefix_list_id !== expression(`${LIST}.${of}.id`)) return `${name} refers to another list`;
        if (!lists.some(([known]) => known === of)) return `${name} refers to no list`;
      }
      return null;
    },
  );
}

function familyDigit(entries: readonly { readonly cidr: string }[]): string {
  return entries[0]?.cidr.includes(':') === true ? '6' : '4';
}

interface CfnList {
  readonly Type: 'AWS::EC2::PrefixList';
  readonly Properties: {
    readonly PrefixListName: string;
    readonly MaxEntries: number;
    readonly Entries: readonly { readonly Cidr: string }[];
  };
}

interface CfnRule {
  readonly Type: 'AWS::EC2::SecurityGroupEgress';
  readonly Properties: {
    readonly FromPort: number;
    readonly ToPort: number;
    readonly Description: string;
    readonly DestinationPrefixListId: { readonly 'Fn::GetAtt': readonly [string, string] };
  };
}

function cfnList(target: string, family: 4 | 6): Shape {
  const shape = object({
    Type: exactly('AWS::EC2::PrefixList'),
    Properties: object({
      PrefixListName: text(NAME),
      AddressFamily: exactly(`IPv${String(family)}`),
      MaxEntries: integer(1, 1000),
      Entries: listOf(object({ Cidr: prefix(family), Description: DESCRIPTION }), 1, ENTRIES_PER_REQUEST),
      Tags: tagShape(target),
    }),
  });
  return also(shape, ({ Properties: row }: CfnList) =>
    noMoreThanRoom(
      row.Entries.map((item) => item.Cidr),
      row.MaxEntries,
    ),
  );
}

const GET_ID: Shape = object({ 'Fn::GetAtt': tuple(text(/[A-Za-z0-9]+/), exactly('PrefixListId')) });

function cfnResources(target: string): Shape {
  const [v4, v6] = [cfnList(target, 4), cfnList(target, 6)];
  const rule = object({
    Type: exactly('AWS::EC2::SecurityGroupEgress'),
    Condition: exactly(CONDITION),
    Properties: object({
      GroupId: object({ Ref: exactly(PARAMETER) }),
      IpProtocol: exactly('tcp'),
      FromPort: port,
      ToPort: port,
      DestinationPrefixListId: GET_ID,
      Description: text(NAME),
    }),
  });
  const shapeOf = (value: unknown): Shape => {
    const shown = JSON.stringify(value);
    return shown.includes('SecurityGroupEgress') ? rule : shown.includes('"IPv6"') ? v6 : v4;
  };
  return also(
    dictionary(/[A-Za-z0-9]+/, (value, path) => shapeOf(value)(value, path)),
    (rows: Record<string, CfnList | CfnRule>) => {
      const names = new Map<string, string>();
      const used = new Set<string>();
      for (const [id, row] of Object.entries(rows)) {
        if (row.Type !== 'AWS::EC2::PrefixList') continue;
        const name = row.Properties.PrefixListName;
        if (id !== idOf(name) || name[MARKER.length + 2] !== (JSON.stringify(row).includes('"IPv6"') ? '6' : '4'))
          return `${id} is misnamed`;
        names.set(id, name);
      }
      for (const [id, row] of Object.entries(rows)) {
        if (row.Type === 'AWS::EC2::PrefixList') continue;
        const [of] = row.Properties.DestinationPrefixListId['Fn::GetAtt'];
        if (row.Properties.FromPort !== row.Properties.ToPort) return `${id} is a range of ports`;
        if (id !== `${of}Tcp${String(row.Properties.FromPort)}`) return `${id} is misnamed`;
        if (names.get(of) !== row.Properties.Description) return `${id} refers to another list`;
        used.add(of);
      }
      const idle = [...names.keys()].find((id) => !used.has(id));
      return idle === undefined ? null : `no rule refers to ${idle}`;
    },
  );
}

/** The logical id that belongs to the name of a list. */
function idOf(name: string): string {
  const [, family, suffix = ''] = /^nd-allow-v([46])(?:-(.*))?$/.exec(name) ?? [];
  return logicalId({ family: family === '6' ? 6 : 4, suffix });
}

interface CfnTemplate {
  readonly Resources: Readonly<Record<string, CfnList | CfnRule>>;
  readonly Outputs: Readonly<Record<string, { Description: string; Value: { 'Fn::GetAtt': readonly [string] } }>>;
}

export function lintPrefixListForms(files: readonly RenderedFile[], target: string): readonly string[] {
  const template = also(
    templateShape(target, {
      Parameters: always(PARAMETERS),
      Conditions: always(CONDITIONS),
      Resources: cfnResources(target),
      Outputs: dictionary(/[A-Za-z0-9]+/, object({ Description: text(NAME), Value: GET_ID })),
    }),
    ({ Resources, Outputs }: CfnTemplate) => {
      for (const [id, row] of Object.entries(Outputs))
        if (id !== idOf(row.Description) || row.Value['Fn::GetAtt'][0] !== id) return `${id} is misnamed`;
      const lists = Object.keys(Resources).filter((id) => Resources[id]?.Type === 'AWS::EC2::PrefixList');
      return lists.join() === Object.keys(Outputs).join() ? null : 'has other outputs than lists';
    },
  );
  return lintForms(files, { terraform: tfWhole(target), template });
}
