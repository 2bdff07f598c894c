/** The manual page, from the options that the commands themselves declare: there is no second list of them. */
import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The commands as commander has them, with all their verbs and options. */
async function commands() {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    stdin: {
      contents: `
        import { Command } from 'commander';
        import { COMMANDS } from './src/cli/commands/registry.ts';
        import { topHelp } from './src/cli/top-help.ts';
        export async function all() {
          return Promise.all(COMMANDS.map(async ({ name, description, load }) => {
            const command = new Command('netdata-egress').command(name).description(description);
            (await load()).register(command);
            return command;
          }));
        }
        export { topHelp };`,
      resolveDir: ROOT,
      loader: 'ts',
    },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20.18',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire('/');" },
    // The work of a command is imported when it runs: here none does.
    plugins: [
      {
        name: 'declarations-only',
        setup({ onResolve }) {
          onResolve({ filter: /^\.\.\// }, ({ path, importer, kind }) =>
            kind === 'dynamic-import' && importer.includes('/commands/') ? { path, external: true } : null,
          );
        },
      },
    ],
  });
  const { all, topHelp } = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`
  );
  return { all: await all(), overview: topHelp(78) };
}

/** roff(7): a backslash, a hyphen that is to be copied, and a line that begins with a control character. */
function escape(text) {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^([.'])/gm, '\\&$1');
}

function section(command) {
  const names = [];
  for (let at = command; at !== null; at = at.parent) names.unshift(at.name());
  const verbs = command.commands.filter((verb) => verb.name() !== 'help');
  const usage = `${names.join(' ')} ${command.usage()}`;
  return [
    `.SS ${escape(names.join(' '))}`,
    `.B ${escape(usage)}`,
    '.PP',
    escape(command.description()),
    ...command.options
      .filter(({ hidden }) => !hidden)
      .flatMap(({ flags, description }) => ['.TP', `.B ${escape(flags)}`, escape(description)]),
    ...verbs.flatMap(section),
  ];
}

/**
 * @param version of the program
 * @param date YYYY-MM-DD
 */
export async function manualPage(version, date) {
  const { all, overview } = await commands();
  return [
    `.TH NETDATA\\-EGRESS 1 "${date}" "netdata\\-egress ${version}" "User Commands"`,
    '.SH NAME',
    'netdata\\-egress \\- tell whether a Netdata Agent can claim and hold its link to Netdata Cloud from here',
    '.SH SYNOPSIS',
    '.B netdata\\-egress',
    '.I command',
    '.RI [ options ]',
    '.SH DESCRIPTION',
    '.nf',
    escape(overview.trimEnd()),
    '.fi',
    '.SH COMMANDS',
    ...all.flatMap(section),
    '.SH FILES',
    '.TP',
    '.I /var/lib/netdata\\-egress',
    'What',
    '.B rules apply',
    'and',
    '.B rules refresh',
    'remember: backups, history, the addresses seen. Made when one of them first runs.',
    '.SH SEE ALSO',
    '.BR nft (8),',
    '.BR iptables (8),',
    '.BR sha256sum (1)',
    '',
  ].join('\n');
}
