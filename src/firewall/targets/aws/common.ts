/** What the AWS targets share: tags, descriptions, port groups as rows, and the judges that work without a network. */
import type { RenderedFile } from '../../../model/allow-list.js';
import { MARKER } from '../../core/names.js';
import { safeComment } from '../../core/sanitise.js';
import type { RuleSetting, Validator } from '../../core/target.js';
import type { Endpoint } from '../../core/views.js';

export function describe(endpoint: Pick<Endpoint, 'names'>): string {
  return safeComment(`${MARKER} ${endpoint.names.join(' ')}`, 200);
}

export const GROUP_ID: RuleSetting = {
  name: 'group-id',
  title: 'security group, sg-…; without it the script takes it as its argument',
  default: '',
  pattern: /^(?:sg-(?:[0-9a-f]{8}|[0-9a-f]{17}))?$/,
};

/** Security groups: 60 rules of each family in each direction unless AWS was asked for more (VPC quotas). */
export const MAX_RULES: RuleSetting = {
  name: 'max-rules',
  title: 'quota of outbound rules per security group and family (1-1000)',
  default: '60',
  pattern: /^(?:[1-9]\d{0,2}|1000)$/,
};

/** Size of a prefix list: counts in full against the quota of whatever refers to it. */
export const MAX_ENTRIES: RuleSetting = {
  name: 'max-entries',
  title: 'room in each prefix list (1-1000); counts in full against the security group’s quota'.replace('’', "'"),
  default: '20',
  pattern: /^(?:[1-9]\d{0,2}|1000)$/,
};

/** One request creates or changes at most so many entries (EC2 API, CreateManagedPrefixList, ModifyManagedPrefixList). */
export const ENTRIES_PER_REQUEST = 100;

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** The marker as a tag; its value is the target, so that one target never removes what another made. */
export function tags(target: string): readonly Tag[] {
  return [{ Key: MARKER, Value: target }];
}

export function tagSpecification(resource: string, target: string): readonly object[] {
  return [{ ResourceType: resource, Tags: tags(target) }];
}

/** `nd-allow-v4`, `nd-allow-v4-8443`. */
export function listName(family: 4 | 6, suffix: string): string {
  return `${MARKER}-v${String(family)}${suffix === '' ? '' : `-${suffix}`}`;
}

export interface ApiCall {
  /** Of the rendered file. */
  readonly file: string;
  /** As the CLI spells it, e.g. `ec2`. */
  readonly service: string;
  readonly command: string;
  /** As the API spells it. */
  readonly operation: string;
  /** What the scripts add on the command line. */
  readonly extra?: Readonly<Record<string, string>>;
}

/** botocore's own check of a request against the service model; nothing is sent. */
const BOTOCORE = `import json, sys
import botocore.session
from botocore.validate import ParamValidator
session = botocore.session.Session()
problems = []
for service, operation, extra, path in zip(*[iter(sys.argv[1:])] * 4):
    params = {**json.load(open(path)), **json.loads(extra)}
    shape = session.get_service_model(service).operation_model(operation).input_shape
    report = ParamValidator().validate(params, shape)
    if report.has_errors():
        problems.append(report.generate_report())
sys.exit("\\n".join(problems) or 0)
`;

function flag(name: string): string {
  return `--${name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()}`;
}

type Calls = (files: readonly RenderedFile[]) => readonly ApiCall[];

/** botocore: knows names, types and lengths; does not look into CIDRs. */
export function botocoreValidator(calls: Calls): Validator {
  return {
    id: 'botocore',
    needs: ['python3'],
    version: ['python3', '-c', 'import botocore; print("botocore", botocore.__version__)'],
    root: false,
    applies: (files) => calls(files).length > 0,
    steps: (files) => [
      { argv: ['python3', '-c', 'import botocore'], stdin: null, setup: true },
      {
        argv: [
          'python3',
          '-c',
          BOTOCORE,
          ...calls(files).flatMap((call) => [
            call.service,
            call.operation,
            JSON.stringify(call.extra ?? {}),
            `{file:${call.file}}`,
          ]),
        ],
        stdin: null,
      },
    ],
  };
}

/** The CLI itself: with a skeleton of the answer asked for, it checks the request and sends nothing. */
export function cliValidator(calls: Calls): Validator {
  return {
    id: 'aws --generate-cli-skeleton output',
    needs: ['aws'],
    version: ['aws', '--version'],
    root: false,
    applies: (files) => calls(files).length > 0,
    steps: (files) =>
      calls(files).map((call) => ({
        argv: [
          'aws',
          '--region',
          'us-east-1',
          call.service,
          call.command,
          ...Object.entries(call.extra ?? {}).flatMap(([name, value]) => [flag(name), value]),
          '--cli-input-json',
          `file://{file:${call.file}}`,
          '--generate-cli-skeleton',
          'output',
        ],
        stdin: null,
      })),
  };
}
