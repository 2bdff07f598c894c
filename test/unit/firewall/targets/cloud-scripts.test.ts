/** Scripts for clouds and clusters cannot be run for real here; at least a shell and shellcheck must like them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RULE_TARGETS } from '../../../../src/firewall/registry.js';
import { usual } from '../factory.js';
import { mixed, render } from './artefacts.js';

const scripted = RULE_TARGETS.filter((target) => target.group === 'clusters' || /^(?:azure|gcp)-/.test(target.id));

function installed(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('every script is one for dash and shellcheck', () => {
  const dir = mkdtempSync(join(tmpdir(), 'netdata-egress-scripts-'));
  try {
    const paths = scripted.flatMap((target) =>
      target.capabilities.modes.flatMap((mode) =>
        [usual(), mixed()].flatMap((of, index) =>
          render(target, of, { mode })
            .filter((file) => file.content.startsWith('#!'))
            .map((file) => {
              const path = join(dir, `${mode}-${String(index)}-${file.name}`);
              writeFileSync(path, file.content);
              return path;
            }),
        ),
      ),
    );
    expect(paths.length).toBeGreaterThan(40);
    for (const path of paths) execFileSync('dash', ['-n', path]);
    if (installed('shellcheck')) expect(complaints(paths)).toBe('');
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

function complaints(paths: readonly string[]): string {
  try {
    return execFileSync('shellcheck', ['-s', 'sh', '-f', 'gcc', ...paths], { encoding: 'utf8' });
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout ?? error);
  }
}
