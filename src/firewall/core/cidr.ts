/** Prefixes for rules and lists: what cannot be read here is a mistake of the operator's. */
import { mergePrefixes, formatPrefix, tryParsePrefix, type Prefix } from '../../addresses/prefix.js';
import { UsageError } from '../../model/errors.js';

export { formatAddress } from '../../addresses/address.js';
export {
  comparePrefixes,
  covers,
  formatPrefix,
  formatShort,
  isSingleHost,
  mergePrefixes,
  tryParsePrefix,
  type Prefix,
} from '../../addresses/prefix.js';

/** Like tryParsePrefix, but throws a UsageError that quotes the text. */
export function parsePrefix(text: string, hostBits: 'reject' | 'mask' = 'reject'): Prefix {
  const result = tryParsePrefix(text, hostBits);
  if ('problem' in result) throw new UsageError(`${JSON.stringify(text.slice(0, 80))}: ${result.problem}`);
  return result;
}

/** Text in, text out: strict parsing, host bits masked, merged. Throws UsageError for the first bad line. */
export function mergeCidrs(texts: readonly string[]): string[] {
  return mergePrefixes(texts.map((text) => parsePrefix(text, 'mask'))).map(formatPrefix);
}
