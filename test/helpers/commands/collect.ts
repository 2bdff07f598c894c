/** Every command line that the product can print or has written down. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { COMMANDS } from '../../../src/cli/commands/registry.js';
import { createProgram } from '../../../src/cli/program.js';
import { topHelp } from '../../../src/cli/top-help.js';
import type { Finding } from '../../../src/model/finding.js';

export interface Printed {
  readonly where: string;
  readonly line: string;
}

/** Pages for users: README, and everything below docs but what is written by programs. */
export function pages(root: string): readonly string[] {
  const below = (folder: string): string[] =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? below(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
    );
  const generated = new Set(['docs/grade.md', 'docs/coverage.md']);
  return ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...below('docs')].filter(
    (path) => path.endsWith('.md') && !generated.has(path),
  );
}

/** Command lines of a page: its blocks of shell, and what begins with our name within a sentence. */
export function commandsOfPage(root: string, path: string): readonly Printed[] {
  const text = readFileSync(join(root, path), 'utf8');
  const blocks = [...text.matchAll(/^ *```sh\n([^]*?)^ *```/gm)].flatMap(([, block = '']) =>
    block.replaceAll('\\\n', ' ').split('\n'),
  );
  const inline = [...text.matchAll(/`((?:sudo )?netdata-egress [a-z-][^`\n]*)`/g)].map(([, line = '']) => line);
  return [...blocks, ...inline]
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#') && !line.includes('…'))
    .map((line) => ({ where: path, line }));
}

/** The help of the program, of every command and of every verb. */
export async function helpTexts(): Promise<readonly { readonly where: string; readonly text: string }[]> {
  const texts = [{ where: '--help', text: topHelp(80) }];
  for (const { name } of COMMANDS) {
    const program = await createProgram(['node', 'netdata-egress', name]);
    const walk = (command: Command, path: string): void => {
      let text = '';
      command.configureOutput({ writeOut: (part) => (text += part) });
      command.outputHelp();
      texts.push({ where: `${path} --help`, text });
      command.commands.forEach((verb) => walk(verb, `${path} ${verb.name()}`));
    };
    const command = program.commands.find((one) => one.name() === name);
    if (command !== undefined) walk(command, name);
  }
  return texts;
}

/** Command lines within help texts: what stands alone, without the words that explain it. */
export async function commandsOfHelp(): Promise<readonly Printed[]> {
  return (await helpTexts()).flatMap(({ where, text }) =>
    text.split('\n').flatMap((line): Printed[] => {
      const found = /^(?: {2}|[A-Z][\w ]*: +)(netdata-egress [a-z].*|curl .*)$/.exec(line)?.[1];
      const command = found?.split(/ {2,}/)[0] ?? '';
      return command !== '' && !/[<[]/.test(command) ? [{ where, line: command }] : [];
    }),
  );
}

/** Command lines of findings: those of remedies, and our own within their sentences. */
export function commandsOfFindings(where: string, findings: readonly Finding[]): readonly Printed[] {
  return findings.flatMap((finding): readonly Printed[] => {
    if (finding.outcome !== 'found') return within(`${where}: ${finding.id}`, finding.because);
    const { id, remedies, why, wouldTell } = finding;
    const at = `${where}: ${id}`;
    return [
      ...remedies.flatMap(({ command, text }) => [
        ...(command === null ? [] : [{ where: at, line: command }]),
        ...within(at, text),
      ]),
      ...within(at, why),
      ...within(at, wouldTell ?? ''),
    ];
  });
}

function within(where: string, sentence: string): readonly Printed[] {
  const found = sentence.matchAll(/(?:sudo )?netdata-egress [a-z]+(?: --?[a-z-]+(?: [\w.]*\w)?)*/g);
  return [...found].map(([line]) => ({ where, line }));
}
