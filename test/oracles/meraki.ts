/** Reads what `targets/meraki.ts` writes, and nothing else. */
import { MARKER } from '../../src/firewall/core/names.js';
import type { RenderedFile } from '../../src/model/allow-list.js';
import { headerProblems } from './header-check.js';
import { lintJson } from './json-file.js';
import { also, exactly, fqdn, list, object, PORT_TEXT, text } from './shape.js';

const RULE = also(
  object({
    comment: text(new RegExp(`${MARKER} [a-z0-9.-]{1,253}`)),
    policy: exactly('allow'),
    protocol: exactly('tcp'),
    srcPort: exactly('Any'),
    srcCidr: text(/Any|\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?/),
    destPort: text(new RegExp(`${PORT_TEXT}(?:,${PORT_TEXT})*`)),
    destCidr: fqdn,
    syslogEnabled: exactly(false),
  }),
  (rule: { comment: string; destCidr: string }) =>
    rule.comment === `${MARKER} ${rule.destCidr}` ? null : 'is called after another name',
);

const isOwn = (file: RenderedFile): boolean => file.name.endsWith('.meraki.json');

function rulesOf(files: readonly RenderedFile[]): readonly { readonly destCidr: string; readonly destPort: string }[] {
  return files
    .filter(isOwn)
    .flatMap(
      (file) => (JSON.parse(file.content) as { rules: readonly { destCidr: string; destPort: string }[] }).rules,
    );
}

function lint(files: readonly RenderedFile[]): readonly string[] {
  const problems = files.filter(isOwn).flatMap((file) => lintJson(file, object({ rules: list(RULE, 1, 500) })));
  if (problems.length > 0) return problems;
  const allowed = rulesOf(files).map((rule) => ({ names: [rule.destCidr], ports: rule.destPort.split(',') }));
  return headerProblems(files, allowed, true);
}

export const meraki = Object.assign(lint, {
  flows: (files: readonly RenderedFile[]) =>
    rulesOf(files).flatMap((rule) => rule.destPort.split(',').map((port) => `${rule.destCidr} ${port}`)),
});
