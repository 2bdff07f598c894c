/** What the files of the AWS targets let through, in whichever form, against what their header says. */
import { MARKER } from '../../src/firewall/core/names.js';
import type { RenderedFile } from '../../src/model/allow-list.js';
import { headerProblems, type Allowed } from './header-check.js';

/** `FromPort` of the API and of CloudFormation, `from_port` of Terraform. */
const PORT = /(?:\bfrom_port *= |"?\bFromPort"?: )(\d+)/g;

/** A pass rule of ours, plain or in a JSON string. */
const PASS = new RegExp(`\\$EXTERNAL_NET (\\d+|\\[[\\d,]+\\]) \\(msg:\\\\?"${MARKER} ([a-z0-9.-]+)\\\\?"`, 'g');

const DNS = '53';

function documents(files: readonly RenderedFile[]): string {
  return files
    .filter((file) => /\.(?:json|tf|yaml)$/.test(file.name))
    .map((file) => file.content)
    .join('\n');
}

/** For rules over addresses: their ports. DNS to the resolvers is no destination. */
export function portsHold(files: readonly RenderedFile[]): readonly string[] {
  const ports = [...documents(files).matchAll(PORT)].map((match) => match[1] ?? '');
  return headerProblems(files, [{ names: [], ports: ports.filter((port) => port !== DNS) }], false);
}

/** For rules over names: each name with its ports, and none of the header missing. A domain list has no ports. */
export function namesHold(files: readonly RenderedFile[]): readonly string[] {
  const rules = [...documents(files).matchAll(PASS)].map(([, ports = '', name = '']): Allowed => ({
    names: [name],
    ports: ports.match(/\d+/g) ?? [],
  }));
  return rules.length === 0 ? [] : headerProblems(files, rules, true);
}
