/** Reads what `targets/sophos.ts` writes, and nothing else. */
import { MARKER } from '../../src/firewall/core/names.js';
import { fqdnProblem } from '../../src/firewall/core/sanitise.js';
import type { RenderedFile } from '../../src/model/allow-list.js';
import { headerProblems } from './header-check.js';
import { PORT_TEXT } from './shape.js';

const NAME = `${MARKER}-[A-Za-z0-9_-]{1,50}`;
const HOST = new RegExp(
  `^<FQDNHost><Name>(${NAME})</Name><Description>${MARKER} ([a-z0-9.-]+)</Description><FQDN>([a-z0-9.-]+)</FQDN></FQDNHost>$`,
);
const SERVICE = new RegExp(
  `^<Services><Name>(${MARKER}-tcp-(${PORT_TEXT}))</Name><Type>TCPorUDP</Type><ServiceDetails><ServiceDetail>` +
    `<Protocol>TCP</Protocol><SourcePort>1:65535</SourcePort><DestinationPort>\\2</DestinationPort></ServiceDetail></ServiceDetails></Services>$`,
);
const RULE = new RegExp(
  `^<FirewallRule><Name>${MARKER}-(?:[0-9a-z-]+-)?v([46])</Name><Description>${MARKER} netdata cloud</Description><IPFamily>IPv\\1</IPFamily>` +
    '<Status>Enable</Status><Position>Top</Position><PolicyType>Network</PolicyType><NetworkPolicy><Action>Accept</Action>' +
    '<LogTraffic>Enable</LogTraffic><SourceZones><Zone>[A-Za-z0-9_.-]+</Zone></SourceZones>' +
    '<DestinationZones><Zone>[A-Za-z0-9_.-]+</Zone></DestinationZones><Schedule>All The Time</Schedule>' +
    `<Services>((?:<Service>${NAME}</Service>)+)</Services>` +
    `<DestinationNetworks>((?:<Network>${NAME}</Network>)+)</DestinationNetworks></NetworkPolicy></FirewallRule>$`,
);

interface Read {
  readonly rules: readonly { readonly names: readonly string[]; readonly ports: readonly string[] }[];
  readonly problems: readonly string[];
}

const words = (text: string, tag: string): string[] =>
  [...text.matchAll(new RegExp(`<${tag}>([^<]+)</${tag}>`, 'g'))].map(([, word = '']) => word);

function read(files: readonly RenderedFile[]): Read {
  const lines = (files.find((file) => file.name.endsWith('.sophos.xml'))?.content ?? '').split('\n');
  const [open, ...rest] = lines;
  const problems = open === '<Set operation="add">' && rest.slice(-2).join('\n') === '</Set>\n' ? [] : ['is no set'];
  const hosts = new Map<string, string>();
  const services = new Map<string, string>();
  const rules: { names: readonly string[]; ports: readonly string[] }[] = [];
  for (const line of rest.slice(0, -2)) {
    const [, name, note, fqdn = ''] = HOST.exec(line) ?? [];
    const [, service, port = ''] = SERVICE.exec(line) ?? [];
    const [, , used = '', to = ''] = RULE.exec(line) ?? [];
    if (name !== undefined) {
      if (note !== fqdn || fqdnProblem(fqdn) !== null || hosts.has(name)) problems.push(`${name} is not what it says`);
      hosts.set(name, fqdn);
    } else if (service !== undefined) services.set(service, port);
    else if (used === '') problems.push(`${JSON.stringify(line.slice(0, 80))} does not belong there`);
    else {
      const found = (of: ReadonlyMap<string, string>, row: string): string => of.get(row) ?? `nothing: ${row}`;
      rules.push({
        names: words(to, 'Network').map((row) => found(hosts, row)),
        ports: words(used, 'Service').map((row) => found(services, row)),
      });
    }
  }
  return { rules, problems };
}

function lint(files: readonly RenderedFile[]): readonly string[] {
  const { rules, problems } = read(files);
  return problems.length > 0 ? problems : headerProblems(files, rules, true);
}

export const sophos = Object.assign(lint, {
  flows: (files: readonly RenderedFile[]) =>
    read(files).rules.flatMap(({ names, ports }) => names.flatMap((name) => ports.map((port) => `${name} ${port}`))),
});
