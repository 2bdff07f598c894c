/** `rules prove` for targets that are not of this host: the connections from here are all that there is to prove. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { proveCommand } from '../../../../src/cli/rules/prove-command.js';
import type { Reach } from '../../../../src/cli/rules/reach.js';

let dir = '';
let file = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'netdata-egress-prove-'));
  file = join(dir, 'list.txt');
  await writeFile(file, 'app.netdata.cloud 198.51.100.2 2001:db8::2\nmqtt.netdata.cloud 198.51.100.3\n');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

interface Told {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function prove(
  id: string,
  failing: Readonly<Record<string, Reach['failure']>>,
  more: object = {},
): Promise<Told> {
  let [out, err] = ['', ''];
  let code: number | null = null;
  const io = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    exit: (given: number) => void (code = given),
  };
  const flags = { fromList: file, acceptRange: ['198.51.100.0/24', '2001:db8::/32'], stateDir: join(dir, 'state') };
  await proveCommand(id, { ...flags, ...more }, io, (_, list, families) =>
    Promise.resolve({
      account: 'netdata',
      rows: list.hosts.flatMap(({ fqdn, addresses, ports }) =>
        addresses
          .filter(({ family }) => families.includes(family))
          .map(({ cidr, family }): Reach => {
            const address = cidr.replace(/\/\d+$/, '');
            return { fqdn, address, family, port: ports[0] ?? 0, failure: failing[address] ?? null };
          }),
      ),
    }),
  );
  return { code, out, err };
}

test.each(['squid', 'edl', 'domains', 'fortigate', 'aws-security-group'])('%s: every host was reached', async (id) => {
  const told = await prove(id, {});
  expect([told.code, told.out]).toEqual([
    0,
    expect.stringContaining(`${id}: every host was reached as netdata from here`),
  ]);
  expect(told.out).not.toContain('in force');
});

test('a host that does not answer is named, and nothing is called proven', async () => {
  const told = await prove('squid', { '198.51.100.3': 'generic_timeout_error' });
  expect(told).toMatchObject({ code: 1, out: expect.stringContaining('mqtt.netdata.cloud was not reached') as string });
  const json = await prove('squid', { '198.51.100.3': 'generic_timeout_error' }, { json: true });
  expect(JSON.parse(json.out)).toMatchObject({ target: 'squid', proven: false, drifts: [{ kind: 'unproven' }] });
});

test('without an address nothing was tried, and nothing is proven', async () => {
  await writeFile(file, 'app.netdata.cloud\nmqtt.netdata.cloud\n');
  const told = await prove('domains', {});
  expect([told.code, told.out]).toEqual([1, expect.stringContaining('no address is known')]);
});
