/** All letters, one below the other; a form feed ends each, as a printer expects it. */
import type { FleetDocument } from './document.js';

export function fleetLetters({ letters }: FleetDocument): string {
  if (letters.length === 0) return 'Nobody has to be written to: no host has a cause that a team can mend.\n';
  return letters.map(({ text }) => text).join('\f\n');
}
