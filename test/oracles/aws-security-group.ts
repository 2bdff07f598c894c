/** Reads what `targets/aws/security-group.ts` writes, and nothing else. */
import { type Shape, list as listOf, object, prefix, text, port, integer, also } from './shape.js';
import { DESCRIPTION, tagSpecificationShape } from './aws-common.js';
import { ID, FILE } from '../../src/firewall/targets/aws/security-group.js';
import { lintJson } from './json-file.js';
import { lintSecurityGroupForms } from './aws-security-group-iac.js';
import { portsHold } from './aws-header.js';
import type { RenderedFile } from '../../src/model/allow-list.js';

function permissionShape(family: 4 | 6): Shape {
  const ranges = listOf(
    object(
      family === 4
        ? { CidrIp: prefix(4), Description: DESCRIPTION }
        : { CidrIpv6: prefix(6), Description: DESCRIPTION },
    ),
    1,
    1000,
  );
  const shape = object({
    IpProtocol: text(/tcp|udp/),
    FromPort: port,
    ToPort: integer(1, 65_535),
    [family === 4 ? 'IpRanges' : 'Ipv6Ranges']: ranges,
  });
  return also(shape, (row: { IpProtocol: string; FromPort: number; ToPort: number }) =>
    row.FromPort !== row.ToPort
      ? 'is a range of ports'
      : row.IpProtocol === 'udp' && row.FromPort !== 53
        ? 'is UDP, but not DNS'
        : null,
  );
}

const v4 = permissionShape(4);

const v6 = permissionShape(6);

const SHAPE = object(
  {
    IpPermissions: listOf((value, path) =>
      (typeof value === 'object' && value !== null && 'Ipv6Ranges' in value ? v6 : v4)(value, path),
    ),
    TagSpecifications: tagSpecificationShape('security-group-rule', ID),
  },
  { GroupId: text(/sg-(?:[0-9a-f]{8}|[0-9a-f]{17})/) },
);

export function awsSecurityGroup(files: readonly RenderedFile[]): readonly string[] {
  const found = [
    ...files.filter((file) => file.name === FILE).flatMap((file) => lintJson(file, SHAPE)),
    ...lintSecurityGroupForms(files, ID),
  ];
  return found.length > 0 ? found : portsHold(files);
}
