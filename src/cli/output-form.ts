/** The form that a file's name asks for: `run.json` is meant to hold JSON, whatever else was left unsaid. */
import { formats } from '../report/registry.js';

/** Suffixes that are in use beside the ones that our own files get. */
const ALSO: Readonly<Record<string, string>> = { '.htm': 'html', '.markdown': 'markdown', '.xml': 'junit' };

/** Name of the format; null when there is no file, or its suffix says nothing. */
export function formOfFile(output: string | undefined): string | null {
  const name = (output ?? '').toLowerCase();
  const suffixes = [
    ...Object.values(formats).map(({ id, extension }) => [`.${extension}`, id] as const),
    ...Object.entries(ALSO),
  ];
  // `run.nagios.txt` ends in `.txt` as well.
  const [longest] = suffixes.filter(([suffix]) => name.endsWith(suffix)).toSorted(([a], [b]) => b.length - a.length);
  return longest?.[1] ?? null;
}
