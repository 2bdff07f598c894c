/** Reads what `targets/gcp-fqdn.ts` writes, and nothing else. */
import { exactly, text, type Shape, list as listOf, PORT_TEXT, either, prefix, also, object, fqdn } from './shape.js';
import { MARKER } from '../../src/firewall/core/names.js';
import { ID, MAX_NAMES } from '../../src/firewall/targets/gcp-fqdn.js';
import type { RenderedFile } from '../../src/model/allow-list.js';
import { type Allowed, headerProblems } from './header-check.js';
import { lintJson } from './json-file.js';

const COMMON = {
  '--action': exactly('allow'),
  '--description': text(new RegExp(`${MARKER} id=netdata-cloud rev=[0-9a-f]{12} target=${ID} mode=allow`)),
  '--direction': exactly('EGRESS'),
};

const tcp: Shape = listOf(text(new RegExp(`tcp:${PORT_TEXT}`)));

const ranges: Shape = either(listOf(prefix(4)), listOf(prefix(6)));

const dns: Shape = also(listOf(text(/(?:udp|tcp):53/), 2, 2), (value: readonly string[]) =>
  value[0] === 'udp:53' ? null : 'is in another order',
);

const SHAPE = either(
  object({ ...COMMON, '--dest-fqdns': listOf(fqdn, 1, MAX_NAMES), '--layer4-configs': tcp }),
  object({ ...COMMON, '--dest-ip-ranges': ranges, '--layer4-configs': either(tcp, dns) }),
);

const isFlags = (file: RenderedFile): boolean => file.name.endsWith(`.${ID}.json`);

/** Without the rules for DNS. */
function allowed(file: RenderedFile): readonly Allowed[] {
  const flags = JSON.parse(file.content) as {
    '--dest-fqdns'?: readonly string[];
    '--layer4-configs': readonly string[];
  };
  if (flags['--layer4-configs'].includes('udp:53')) return [];
  const ports = flags['--layer4-configs'].map((config) => config.slice('tcp:'.length));
  return [{ names: flags['--dest-fqdns'] ?? [], ports }];
}

export function gcpFqdn(files: readonly RenderedFile[]): readonly string[] {
  const own = files.filter(isFlags);
  const problems = own.flatMap((file) => lintJson(file, SHAPE));
  return problems.length > 0 ? problems : headerProblems(files, own.flatMap(allowed), true);
}
