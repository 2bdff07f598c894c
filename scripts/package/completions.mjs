import { execFileSync } from 'node:child_process';

/** Where the shells look below /usr/share. */
const PLACES = {
  bash: 'bash-completion/completions/netdata-egress',
  zsh: 'zsh/vendor-completions/_netdata-egress',
  fish: 'fish/vendor_completions.d/netdata-egress.fish',
};

/** What the program prints of its own options. */
const printed = (script, form) =>
  execFileSync(process.execPath, [script, 'completion', form], { encoding: 'utf8', timeout: 60_000 });

/** Path and text of each completion. */
export function completions(script) {
  return Object.entries(PLACES).map(([shell, place]) => [place, printed(script, shell)]);
}

/** The manual page, with the date of SOURCE_DATE_EPOCH. */
export function manual(script) {
  return printed(script, 'man');
}
