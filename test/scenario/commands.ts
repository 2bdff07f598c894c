import { expect } from 'vitest';
import type { Report } from '../../src/model/report.js';
import { faultsOf } from '../helpers/commands/check.js';
import { commandsOfFindings } from '../helpers/commands/collect.js';

/** What only the reader can know: a login. Everything else stands in the run. */
const PLACEHOLDERS = /\b(?:PROXY|PORT|HOST|ADDRESS|DIRECTORY|VALUE|PID|CONTAINER|NAMESPACE)\b/;

/** Every command line of every finding can be pasted, and has no hole for what the run knows. */
export async function expectCommands(reports: ReadonlyMap<string, Report>): Promise<void> {
  const faults: string[] = [];
  for (const [id, report] of reports) {
    const printed = commandsOfFindings(id, report.findings);
    for (const { where, line } of printed) {
      faults.push(...(await faultsOf(line)).map((fault) => `${where}: ${fault}`));
      if (PLACEHOLDERS.test(line)) faults.push(`${where}: ${line}: has a hole`);
    }
    const knowsProxy = report.routes.some(
      ({ route }) => route.kind !== 'direct' && !route.proxy.host.endsWith('.invalid'),
    );
    const remedies = report.findings.flatMap((finding) => (finding.outcome === 'found' ? finding.remedies : []));
    for (const { text } of remedies.flatMap(({ lines }) => lines))
      if (knowsProxy && /PROXY:PORT/.test(text)) faults.push(`${id}: "${text}": the proxy is known`);
    const socks = report.routes.some(({ route, usedBy }) => usedBy.length > 0 && route.kind.startsWith('socks'));
    for (const { command } of remedies) {
      if (socks && command?.includes('rules squid') === true) faults.push(`${id}: ${command}: its proxy speaks SOCKS`);
      if (/config (?:set|enable)/.test(command ?? '') && !command?.includes('--apply'))
        faults.push(`${id}: ${String(command)}: only shows`);
    }
  }
  expect(faults).toEqual([]);
}
