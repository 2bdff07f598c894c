import { spawnSync } from 'node:child_process';

/** Where the shells look below /usr/share. */
const PLACES = {
  bash: 'bash-completion/completions/netdata-egress',
  zsh: 'zsh/vendor-completions/_netdata-egress',
  fish: 'fish/vendor_completions.d/netdata-egress.fish',
};

/** Path and text of each completion, as the program prints them; none of a program without that command. */
export function completions(script) {
  return Object.entries(PLACES).flatMap(([shell, place]) => {
    const { status, stdout } = spawnSync(process.execPath, [script, 'completion', shell], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    return status === 0 ? [[place, stdout]] : [];
  });
}
