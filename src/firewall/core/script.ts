/** Shell scripts that go with an artefact: POSIX sh, nothing foreign in them but checked identifiers. */
import type { RenderedFile } from '../../model/allow-list.js';
import { MARKER } from './names.js';

/** A script that finds its files beside itself in `$dir`. */
export function script(role: 'install' | 'uninstall', target: string, headerText: string, body: string): RenderedFile {
  return {
    name: `${MARKER}-${target}.${role}.sh`,
    content: `#!/bin/sh\n${headerText}set -eu\n${role === 'install' ? 'dir=$(cd "$(dirname "$0")" && pwd)\n' : ''}${body}`,
    mode: 0o755,
    role,
  };
}

/** One element of a shell command in single quotes. The text has been checked before; this is the second lock. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Runs `command` for each word of the variable `list` that is not wanted; the word is in the variable `item`. */
export function forOthers(list: string, item: string, wanted: readonly string[], command: string): string {
  if (wanted.length === 0) return `for ${item} in $${list}; do\n  ${command}\ndone\n`;
  return `wanted=${shellQuote(wanted.join(' '))}
for ${item} in $${list}; do
  case " $wanted " in
    *" $${item} "*) ;;
    *) ${command} ;;
  esac
done
`;
}
