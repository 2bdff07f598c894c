/** Labels of a host's place: `site=ams1`. Keys and values as Kubernetes has them, so that they fit wherever they go. */
import { UsageError } from '../../model/errors.js';

export type Labels = Readonly<Record<string, string>>;

const MOST_LABELS = 32;
const KEY = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,98}[A-Za-z0-9])?$/;
const VALUE = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

/** Throws UsageError for what is no label, and for a key that is given twice. */
export function parseLabels(texts: readonly string[]): Labels {
  if (texts.length > MOST_LABELS) throw new UsageError(`--label may be given ${MOST_LABELS} times`);
  const labels = new Map<string, string>();
  for (const text of texts) {
    const at = text.indexOf('=');
    const [key, value] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
    if (!KEY.test(key) || !VALUE.test(value)) {
      throw new UsageError(
        `--label takes KEY=VALUE of letters, digits, dots, dashes and underscores, not "${text.slice(0, 80)}"`,
      );
    }
    if (labels.has(key)) throw new UsageError(`--label ${key} is given twice`);
    labels.set(key, value);
  }
  return Object.fromEntries(labels);
}
