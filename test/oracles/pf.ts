/** Reads what `targets/pf.ts` writes, and nothing else. */
import { tryParsePrefix } from '../../src/firewall/core/cidr.js';
import type { RenderedFile } from '../../src/model/allow-list.js';

/** Exactly what `rules` makes, nothing else. */
const GRAMMAR: readonly RegExp[] = [
  /^table <nd_allow[a-z0-9_]{0,22}> persist \{ [0-9a-f.:/]+(?:, [0-9a-f.:/]+)* \}$/,
  /^pass out quick on lo0 all no state label "nd-allow"$/,
  /^pass out quick inet6 proto icmp6 all icmp6-type \{ neighbrsol, neighbradv(?:, routersol)? \} label "nd-allow"$/,
  /^pass out quick inet6? proto udp from any to any port 123 keep state label "nd-allow"$/,
  /^pass out quick inet proto udp from any port 68 to any port 67 keep state label "nd-allow"$/,
  /^pass out quick inet6 proto udp from any port 546 to any port 547 keep state label "nd-allow"$/,
  /^pass out quick inet proto tcp from any to 169\.254\.169\.254 port 80 keep state label "nd-allow"$/,
  /^pass out quick inet proto tcp from any to 168\.63\.129\.16 port (?:80|32526) keep state label "nd-allow"$/,
  /^pass out quick inet6 proto tcp from any to fd00:ec2::254 port 80 keep state label "nd-allow"$/,
  /^pass out quick proto \{ tcp, udp \} from any to [0-9a-f.:]+ port 53 keep state label "nd-allow"$/,
  /^pass out quick proto tcp from any to <nd_allow[a-z0-9_]{0,22}> port (?:\d{1,5}|\{ \d{1,5}(?:, \d{1,5})* \})(?: user [A-Za-z0-9_-]+)? flags S\/SA keep state label "nd-allow"$/,
  /^block return out quick all label "nd-allow"$/,
];

export function pf(files: readonly RenderedFile[]): readonly string[] {
  const lines = (files[0]?.content ?? '').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const problems = lines
    .filter((line) => !GRAMMAR.some((rule) => rule.test(line)))
    .map((line) => `not of our grammar: ${line}`);
  const tables = lines.flatMap((line) => /^table <(\w+)>/.exec(line)?.[1] ?? []);
  for (const name of lines.flatMap((line) => /to <(\w+)>/.exec(line)?.[1] ?? []))
    if (!tables.includes(name)) problems.push(`the table <${name}> is used, but not made`);
  for (const text of lines.flatMap((line) => /^table <\w+> persist \{ (.*) \}$/.exec(line)?.[1]?.split(', ') ?? []))
    if ('problem' in tryParsePrefix(text)) problems.push(`${text} is no prefix`);
  for (const port of lines.flatMap((line) =>
    [...line.matchAll(/port (?:\{ )?([\d, ]+)/g)].flatMap((m) => (m[1] ?? '').split(',')),
  ))
    if (port.trim() !== '' && (Number(port) < 1 || Number(port) > 65_535)) problems.push(`${port.trim()} is no port`);
  if (!lines.some((line) => line.startsWith('pass out quick proto tcp'))) problems.push('lets nothing pass');
  return problems;
}
