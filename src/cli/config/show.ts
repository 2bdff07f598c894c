/** `netdata-egress config`: one table of settings, the legs, and what is wrong with them. */
import type { AgentFacts, ConfigFact, EffectiveSetting } from '../../model/agent.js';
import { EXIT, type ExitCode } from '../../model/report.js';
import type { PlannedRoute } from '../../model/planned.js';
import { LEGS } from '../../model/route.js';
import { safeText, toAscii } from '../../report/escape.js';
import type { Paint } from '../../report/paint.js';
import { count, LEG_WORDS } from '../../report/words.js';
import { wrap } from '../../report/width.js';
import { renderOptionsFor } from '../report/io.js';
import { assertWritable, writeFileAtomic } from '../write-file.js';
import { defaultHost, discoverWith, settled, type ConfigHost, type Flags } from './options.js';
import { renderTable } from './table.js';

/** A fact that is more than a note, or a step still to take. */
const isTrouble = ({ data }: ConfigFact): boolean => !['note', 'restart'].includes(String(data['effect']));

const ENVIRONMENT: Readonly<Record<AgentFacts['environmentSource'], string>> = {
  daemon: 'of the running daemon',
  unit: 'of the service unit',
  self: 'of this shell (no daemon and no service unit to read)',
};

/** Columns of the names of the head. */
const HEAD = 13;

function headLines({ installation, version, claimed, process, environmentSource }: AgentFacts): string[] {
  const source = version.source === 'assumed_newest' ? 'assumed: the newest release' : version.source;
  const running =
    process === null
      ? 'not running'
      : `running as process ${String(process.pid)}${process.user === null ? '' : `, user ${process.user}`}`;
  const what = installation.found ? `${installation.kind ?? 'other'} installation, ${running}` : 'not installed here';
  return [
    `Agent        ${version.value} (${source}), ${what}`,
    `Claimed      ${claimed === null ? 'not known: cloud.d cannot be read' : claimed ? 'yes' : 'no'}`,
    `Directories  ${installation.configDir}, ${installation.cloudDir}`,
    `Environment  ${ENVIRONMENT[environmentSource]}`,
  ];
}

/** Settings by the file or environment they stand in; the headings take a line of their own. */
function settingGroups(facts: AgentFacts): { readonly heading: string; readonly settings: EffectiveSetting[] }[] {
  const groups = new Map<string, EffectiveSetting[]>();
  for (const setting of facts.settings) {
    const { kind, name } = setting.source;
    const heading =
      { file: name, environment: 'environment', option: 'options', default: 'built in' }[kind as string] ?? name;
    groups.set(heading, [...(groups.get(heading) ?? []), setting]);
  }
  return [...groups].map(([heading, settings]) => ({ heading, settings }));
}

function settingRow({ key, value, source, claimReads, linkReads }: EffectiveSetting): string[] {
  const line = source.line === null ? '' : `:${String(source.line)}`;
  const name = source.kind === 'environment' ? source.name : key;
  const shown = value === null ? '(not set)' : value === '' ? '(empty)' : value;
  return [`  ${name}${line}`, shown, claimReads ?? '-', linkReads ?? '-'];
}

function settingLines(
  facts: AgentFacts,
  width: number,
  clean: (text: string) => string,
  bold: (text: string) => string,
): string[] {
  const groups = settingGroups(facts);
  const head = ['setting', 'value', 'for the claim', 'for the link'];
  const rows = [head, ...groups.flatMap(({ settings }) => settings.map(settingRow))].map((row) => row.map(clean));
  const lines = renderTable(rows, width);
  let next = 1;
  return [
    ...(lines[0] ?? []).map(bold),
    ...groups.flatMap(({ heading, settings }) => {
      const own = lines.slice(next, next + settings.length).flat();
      next += settings.length;
      return [clean(heading), ...own];
    }),
  ];
}

function legRow(facts: AgentFacts, leg: (typeof LEGS)[number]): string[] {
  const { host, port, routeId, trustStoreId, insecure, checksName } = facts.legs[leg];
  const store = facts.trustStores.find(({ id }) => id === trustStoreId);
  const trust = insecure ? 'insecure' : `${String(store?.certificates ?? 0)} certificates`;
  return [LEG_WORDS[leg].name, `${host}:${String(port)}`, routeId, `${trust}, name ${checksName ? '' : 'not '}checked`];
}

function factLines(fact: ConfigFact, paint: Paint, width: number, clean: (text: string) => string): string[] {
  const where =
    fact.file === null ? '' : `${fact.file.path}${fact.file.line === null ? '' : `:${String(fact.file.line)}`}: `;
  const mark = isTrouble(fact) ? paint.red('x') : paint.yellow('!');
  const lines = wrap(clean(`${where}${fact.text}`), width - 2);
  return [...lines.map((line, index) => `${index === 0 ? mark : ' '} ${line}`), `  ${paint.dim(fact.finding)}`];
}

function renderConfig(facts: AgentFacts, view: { paint: Paint; width: number; unicode: boolean }): string {
  const { paint, width } = view;
  const clean = (text: string): string => (view.unicode ? safeText(text) : toAscii(safeText(text)));
  const bold = (text: string): string => paint.bold(text);
  const legs = [['step', 'destination', 'route', 'trust'], ...LEGS.map((leg) => legRow(facts, leg))];
  const [legHead = [], ...legLines] = renderTable(
    legs.map((row) => row.map(clean)),
    width,
  );
  const why = [`claim: ${facts.legs.claim.routeWhy}`, `link:  ${facts.legs.link.routeWhy}`];
  const sorted = [...facts.facts].sort((left, right) => Number(isTrouble(right)) - Number(isTrouble(left)));
  return [
    ...wrap(verdictText(facts), width).map(bold),
    '',
    ...headLines(facts).flatMap((line) => {
      const [first = '', ...rest] = wrap(clean(line.slice(HEAD)), width - HEAD);
      return [line.slice(0, HEAD) + first, ...rest.map((text) => ' '.repeat(HEAD) + text)];
    }),
    '',
    ...settingLines(facts, width, clean, bold),
    '',
    ...legHead.map(bold),
    ...legLines.flat(),
    ...why.flatMap((text) => wrap(clean(text), width)),
    ...(sorted.length === 0 ? [] : ['']),
    ...sorted.flatMap((fact) => factLines(fact, paint, width, clean)),
    '',
  ].join('\n');
}

function configExitCode({ facts }: AgentFacts, strict: boolean): ExitCode {
  if (facts.some(isTrouble)) return EXIT.BLOCKED;
  return strict && facts.length > 0 ? EXIT.STRICT_WARNINGS : EXIT.OK;
}

function verdictText({ facts }: AgentFacts): string {
  const troubles = facts.filter(isTrouble).length;
  const notes = facts.length - troubles;
  const said =
    troubles === 0
      ? 'Nothing in these settings stands in the way'
      : `${count(troubles, 'setting')} ${troubles === 1 ? 'does not do what it says' : 'do not do what they say'}`;
  return notes === 0 ? `${said}.` : `${said}; ${count(notes, 'note')}.`;
}

/** The JSON form: the same facts as in a report, and the routes without their credentials. */
function configDocument(facts: AgentFacts, routes: readonly PlannedRoute[], exitCode: ExitCode) {
  return {
    schema: 'netdata-egress/config',
    version: 1,
    agent: facts,
    routes: routes.map(({ id, route, usedBy, origin }) => ({ id, route, usedBy, origin })),
    exitCode,
  };
}

export async function showConfig(given: Flags, host?: ConfigHost): Promise<void> {
  const flags = await settled(given);
  if (flags.output !== undefined) await assertWritable(flags.output);
  const { reader, write, setExitCode } = host ?? (await defaultHost(flags));
  const { facts, routes, notChecked } = await discoverWith(reader, flags);
  for (const line of notChecked) process.stderr.write(`warning: ${safeText(line, 400)}\n`);
  const exitCode = configExitCode(facts, flags.strict === true);
  const put = async (text: string): Promise<void> =>
    flags.output === undefined ? write(text) : await writeFileAtomic(flags.output, text);
  if (flags.json === true) await put(`${JSON.stringify(configDocument(facts, routes, exitCode), null, 2)}\n`);
  else if (flags.quiet === true) await put(`${verdictText(facts)}\n`);
  else {
    const { paint, width, unicode } = renderOptionsFor(flags);
    await put(renderConfig(facts, { paint, width, unicode }));
  }
  setExitCode(exitCode);
}
