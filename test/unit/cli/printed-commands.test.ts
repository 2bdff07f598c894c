/** Every command line that we print or have written down can be pasted as it stands. */
import { describe, expect, it } from 'vitest';
import { faultsOf } from '../../helpers/commands/check.js';
import {
  commandsOfFindings,
  commandsOfHelp,
  commandsOfPage,
  pages,
  type Printed,
} from '../../helpers/commands/collect.js';
import { CATALOGUE_WORLDS } from '../diagnose/catalogue-worlds.js';
import { tell } from '../diagnose/world.js';

const ROOT = new URL('../../../', import.meta.url).pathname;

async function faults(printed: readonly Printed[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { where, line } of printed) found.push(...(await faultsOf(line)).map((fault) => `${where}: ${fault}`));
  return found;
}

describe('printed command lines', () => {
  it.each(pages(ROOT))('%s', async (page) => {
    expect(await faults(commandsOfPage(ROOT, page))).toEqual([]);
  });

  it('help texts', async () => {
    const printed = await commandsOfHelp();
    expect(printed.length).toBeGreaterThan(20);
    expect(await faults(printed)).toEqual([]);
  });

  it('findings of the catalogue', async () => {
    const printed = CATALOGUE_WORLDS.flatMap(({ id, run }) => commandsOfFindings(id, tell(run()).findings));
    expect(printed.length).toBeGreaterThan(CATALOGUE_WORLDS.length);
    expect(await faults(printed)).toEqual([]);
  });
});

describe('the test itself', () => {
  it.each([
    ['netdata-egress rules refresh', /names no target/],
    ['netdata-egress rules refresh nftables', /needs --once/],
    ['netdata-egress rules refresh edl --once', /needs --output-dir/],
    ['netdata-egress rules apply squid', /not loaded/],
    ['netdata-egress rules nftable', /no target/],
    ['netdata-egress doctor --nonsense', /unknown option/],
    ['netdata-egress doctor --format docx', /no format docx/],
    ['netdata-egress doctor --timeout soon', /duration/],
    ['netdata-egress lab run helthy', /no scenario/],
    ['netdata-egress explain tcp.droped', /no finding/],
    ['netdata-egress rules', /exits 2/],
    ['netdata-egress config enable --aply', /unknown option/],
    ['docker exec -u 0 CONTAINER netdata-egress doctr', /unknown command|doctr/],
    ['frobnicate --now', /no program/],
    ['systemctl frobnicate netdata', /no verb/],
    ['curl --frob https://x.example/', /no option/],
    ["sh -c 'apt-get frob'", /no verb/],
    ['cat x | netdata-egress rules refresh', /names no target/],
  ])('refuses %s', async (line, why) => {
    expect((await faultsOf(line)).join('\n')).toMatch(why);
  });

  it.each([
    'sudo netdata-egress doctor --config-dir /etc/netdata --proxy http://proxy.example:3128 --format letter',
    'netdata-egress --version',
    'netdata-egress report show run.json --format letter',
    "sudo nft 'insert rule inet filter output position 7 tcp dport 443 accept'",
    "for a in $(getent ahosts x.example | awk '{print $1}' | sort -u); do nc -vz -w 5 $a 443; done",
  ])('takes %s', async (line) => {
    expect(await faultsOf(line)).toEqual([]);
  });
});
