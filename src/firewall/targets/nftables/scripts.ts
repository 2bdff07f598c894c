/** The shell around an nftables artefact: one transaction each way. */
import { MARKER, NFT_TABLE } from '../../core/names.js';
import type { RuleOptions } from '../../core/target.js';
import { nftNames, nftTables } from './names.js';

/** Shell function that prints one delete command for each of our jumps in a chain: family, table, chain. */
const DROP_JUMPS =
  `drop_jumps() {\n\tnft -a list chain "$1" "$2" "$3" 2>/dev/null |\n` +
  `\t\tsed -n 's/.* comment "${MARKER} jump" # handle \\([0-9][0-9]*\\)$/\\1/p' |\n` +
  `\t\twhile read -r handle; do echo "delete rule $1 $2 $3 handle $handle"; done\n}\n`;

/** Takes out what mode allow puts into tables of others; prints commands for one transaction. */
function dropAllowed(options: RuleOptions): string {
  const objects = (table: string, what: string, pattern: string): string =>
    `\tnft list table ${table} 2>/dev/null |\n\t\tsed -n 's/^[[:space:]]*${what} \\(${pattern}\\) {$/delete ${what} ${table} \\1/p' |\n\t\tsort\n`;
  const tables = nftTables({ ...options, mode: 'allow' }).map(
    (table) =>
      `\tdrop_jumps ${table} ${options.settings['chain'] ?? 'output'}\n\tdrop_jumps ${table} ${options.settings['input-chain'] ?? 'input'}\n` +
      objects(table, 'chain', `${NFT_TABLE}[a-z_]*`) +
      objects(table, 'set', `${NFT_TABLE}_d[46][0-9a-z_]*`),
  );
  return `${DROP_JUMPS}drop_allowed() {\n${tables.join('')}}\n`;
}

const DROP_ENFORCED = `drop_enforced() {\n\tif nft list table inet ${NFT_TABLE} >/dev/null 2>&1; then echo 'delete table inet ${NFT_TABLE}'; fi\n}\n`;

export function nftInstall(options: RuleOptions): string {
  if (options.mode === 'enforce')
    return `${dropAllowed(options)}# One transaction: what mode allow left goes, the table comes.\n{\n\tdrop_allowed\n\tcat "$dir/${MARKER}.nft"\n} | nft -f -\n`;
  const tables = nftTables(options);
  const { chain, chainIn } = nftNames(options);
  const out = options.settings['chain'] ?? 'output';
  const input = options.settings['input-chain'] ?? 'input';
  return (
    DROP_JUMPS +
    DROP_ENFORCED +
    tables
      .map(
        (table) =>
          `nft list chain ${table} ${out} >/dev/null || {\n` +
          `\techo "there is no chain ${out} in table ${table}: name yours with --set table=... --set chain=..." >&2\n\texit 1\n}\n`,
      )
      .join('') +
    '# One transaction: the old jumps go, the new content and jumps come. The head of the chain is in front of its\n' +
    '# first deny, whatever rules are added to it later.\n' +
    '{\n\tdrop_enforced\n' +
    tables.map((table) => `\tdrop_jumps ${table} ${out}\n\tdrop_jumps ${table} ${input}\n`).join('') +
    `\tcat "$dir/${MARKER}.nft"\n` +
    tables
      .map(
        (table) =>
          `\techo 'insert rule ${table} ${out} jump ${chain} comment "${MARKER} jump"'\n` +
          `\tif nft list chain ${table} ${input} >/dev/null 2>&1; then\n` +
          `\t\techo 'insert rule ${table} ${input} jump ${chainIn} comment "${MARKER} jump"'\n\tfi\n`,
      )
      .join('') +
    '} | nft -f -\n'
  );
}

export function nftUninstall(options: RuleOptions): string {
  return `${dropAllowed(options)}${DROP_ENFORCED}{\n\tdrop_allowed\n\tdrop_enforced\n} | nft -f -\n`;
}
