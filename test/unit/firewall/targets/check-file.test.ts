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

  test('does without companions', async () => {
    write(render(id, mixed(), byAddresses).filter((file) => file.name === name));
    expect(await check(id, name)).toMatchObject({ code: 0 });
  });

  test('still refuses what is not of the grammar', async () => {
    const files = render(id, mixed(), byAddresses).filter((file) => file.name === name);
    const file = files[0];
    if (file === undefined) throw new Error('no such file');
    write(replaced(files, file, `${file.content}permit anything\n`, true));
    expect((await check(id, name)).text).toContain('not of our grammar: permit anything');
  });
});

describe('a file in another form of its target', () => {
  test('is judged as what its name says', async () => {
    write(render('aws-security-group', mixed(), { settings: { form: 'terraform' } }));
    const name = 'nd-allow.aws-security-group.tf';
    const said = await check('aws-security-group', name);
    expect(said).toMatchObject({ code: 0 });
    expect(said.text).toContain('accepted by own reader');
    expect(said.text).not.toContain('botocore');
    writeFileSync(join(dir, name), 'resource "a" {\n');
    expect(await check('aws-security-group', name)).toMatchObject({ code: 1 });
  });
});
