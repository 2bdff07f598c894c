/** Shell scripts that go with an artefact: POSIX sh, nothing foreign in them but checked identifiers. */
import type { RenderedFile } from '../model/allow-list.js';
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
