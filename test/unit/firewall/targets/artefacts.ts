/** What the tests of device and proxy targets share: artefacts in all their shapes, and ways to damage them. */
import type { RenderedFile } from '../../../../src/model/allow-list.js';
import { findTarget } from '../../../../src/firewall/registry.js';
import { checkAllowList, renderRules, type RuleRequest } from '../../../../src/firewall/render.js';
import type { CheckedAllowList, RuleTarget } from '../../../../src/firewall/core/target.js';
import { bodyLines, SUM, sumOf } from '../../../../src/firewall/targets/shared/seal.js';
import { host, LAB_RANGES, list, usual } from '../factory.js';

/** Two lists of ports, an optional host, a prefix, and one name under both. */
export function mixed(): CheckedAllowList {
  return checkAllowList(
    list([
      host('app.netdata.cloud', ['198.51.100.2', '2001:db8::2'], { purpose: 'claim' }),
      host('api.netdata.cloud', ['198.51.100.0/28', '2001:db8:1::/48'], { ports: [443, 8443] }),
      host('app.netdata.cloud', ['198.51.100.2', '2001:db8::2'], { ports: [8443], purpose: 'claim' }),
      host('get.netdata.cloud', ['203.0.113.7'], { purpose: 'install', required: false }),
    ]),
    LAB_RANGES,
  );
}

export function render(
  target: RuleTarget | string,
  of: CheckedAllowList = usual(),
  request: Partial<RuleRequest> = {},
): readonly RenderedFile[] {
  const found = typeof target === 'string' ? findTarget(target) : target;
  return renderRules(found, of, { toolVersion: '0.1.0', ...request });
}

/** Comment sign of a file; null = it has none and its sum stands in the notice. */
export function commentOf(file: RenderedFile): string | null {
  const sum = file.content.split('\n').find((line) => line.includes(SUM));
  return sum === undefined ? null : (sum[0] ?? null);
}

/** What of a file is loaded: everything but comments; of a script its interpreter too (elsewhere `#!` is a comment). */
export function meaning(file: RenderedFile): string {
  const script = (file.mode & 0o111) !== 0 && file.content.startsWith('#!') ? (file.content.split('\n')[0] ?? '') : '';
  return [script, ...bodyLines(file.content, commentOf(file))].join('\n');
}

/** Replaces a file, and with `reseal` also its sum, as somebody would who edits on purpose. */
export function replaced(
  files: readonly RenderedFile[],
  file: RenderedFile,
  content: string,
  reseal = false,
): readonly RenderedFile[] {
  const comment = commentOf(file);
  const sum = sumOf(bodyLines(content, comment));
  const renew = (text: string, tail: string): string =>
    text
      .split('\n')
      .map((line) => (line.includes(SUM) && line.endsWith(tail) ? line.replace(/[0-9a-f]{16}/, sum) : line))
      .join('\n');
  return files.map((row) => {
    if (row === file) return { ...row, content: reseal && comment !== null ? renew(content, '') : content };
    return reseal && comment === null && row.role === 'note' ? { ...row, content: renew(row.content, file.name) } : row;
  });
}
