/** `rules check TARGET FILE` with files that were rendered in another way than by default. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkCommand } from '../../../../src/cli/rules/check-command.js';
import type { Io } from '../../../../src/cli/rules/output.js';
import type { RenderedFile } from '../../../../src/model/allow-list.js';
import { mixed, render, replaced } from './artefacts.js';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'netdata-egress-check-file-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

function write(files: readonly RenderedFile[]): void {
  for (const file of files) writeFileSync(join(dir, file.name), file.content);
}

async function check(id: string, name: string): Promise<{ code: number; text: string }> {
  let code = -1;
  let text = '';
  const io: Io = { out: (chunk) => void (text += chunk), err: () => undefined, exit: (status) => void (code = status) };
  await checkCommand(id, join(dir, name), { fromKnown: true }, io);
  return { code, text };
}

describe.each([
  ['cisco-asa', 'nd-allow.asa'],
  ['cisco-ios-xe', 'nd-allow.ios'],
  ['juniper-srx', 'nd-allow.set'],
  ['palo-alto', 'nd-allow.panos'],
  ['fortigate', 'nd-allow.fortios'],
  ['check-point', 'nd-allow.check-point.sh'],
  ['opnsense', 'nd-allow.opnsense.json'],
  ['bluecoat', 'nd-allow.cpl'],
])('checking a file of %s', (id, name) => {
  const byAddresses = ['bluecoat', 'cisco-ios-xe'].includes(id) ? {} : { settings: { match: 'addresses' } };

  test('takes its companions from beside it', async () => {
    write(render(id, mixed(), byAddresses));
    expect(await check(id, name)).toMatchObject({ code: 0 });
  });

  test('says when it was changed or cut since it was rendered', async () => {
    const files = render(id, mixed(), byAddresses);
    const file = files.find((row) => row.name === name);
    if (file === undefined) throw new Error('no such file');
    write(files);
    for (const content of [`${file.content}permit anything\n`, file.content.replace(/443/g, '444')]) {
      write(replaced(files, file, content));
      const said = await check(id, name);
      expect(said.code).toBe(1);
      expect(said.text).toContain(`${name}: was changed or cut: its sum is another one`);
    }
  });

  test('without companions, it says what it cannot know', async () => {
    const alone = render(id, mixed(), byAddresses).filter((file) => file.name === name);
    write(alone);
    const said = await check(id, name);
    const carriesItsSum = alone.some((file) => file.content.includes('nd-allow-sum: '));
    expect(said.code).toBe(carriesItsSum ? 0 : 3);
    expect(said.text).toContain(
      carriesItsSum ? 'unchanged since it was rendered' : `the notice with the sum of ${name} is not beside it`,
    );
  });

  test('a sum that was taken out is missed', async () => {
    const files = render(id, mixed(), byAddresses);
    const without = files.map((file) => ({ ...file, content: file.content.replace(/^.*nd-allow-sum: .*\n/gm, '') }));
    write(without);
    expect(await check(id, name)).toMatchObject({ code: 1, text: expect.stringContaining('its sum is missing') });
  });
});

describe('a file in another form of its target', () => {
  test('is judged as what its name says', async () => {
    write(render('aws-security-group', mixed(), { settings: { form: 'terraform' } }));
    const name = 'nd-allow.aws-security-group.tf';
    const said = await check('aws-security-group', name);
    expect(said.text).toContain('terraform fmt -check');
    expect(said.text).not.toContain('botocore');
  });
});
