/** The rules of CONTRIBUTING.md, "Words", for any text that a user can see. */
import { readFileSync } from 'node:fs';

const MOST_WORDS = 30;

/** `| not this | but this |` of the list of words in CONTRIBUTING.md. */
function wordList(): readonly RegExp[] {
  const text = readFileSync(new URL('../../CONTRIBUTING.md', import.meta.url), 'utf8');
  const [, section = ''] = /^## Words\n([^]*?)(?=^## |$(?![^]))/m.exec(text) ?? [];
  const rows = [...section.matchAll(/^\| ([^|]+?) +\| [^|]+\|$/gm)].map(([, cell = '']) => cell).slice(2);
  return rows.flatMap((cell) => cell.split(', ').map((word) => new RegExp(`\\b${word.replaceAll('`', '')}\\b`, 'iu')));
}

export const BANNED = wordList();

/** A list as the subject of its sentence, with a verb for one. */
const SINGULAR =
  /(?:^|\bthat )(?:[\w-]+, )*[\w-]+ and [\w.-]*[\w-] (?:is|has|does|was|answers|takes|closes|resolves|accepts|goes)\b/;

/** What others said is theirs. */
const withoutQuotes = (text: string): string => text.replaceAll(/"[^"]*"/g, '"…"');

export const sentences = (text: string): readonly string[] => text.split(/(?<=[.!?:]) +(?=[A-Z"])/);

/** Words of the list, wherever they stand: also in laid-out text. */
export function bannedIn(where: string, text: string): readonly string[] {
  const own = withoutQuotes(text);
  return BANNED.flatMap((word) => {
    const found = word.exec(own);
    return found === null
      ? []
      : [`${where}: ${found[0]}: …${own.slice(Math.max(0, found.index - 40), found.index + 40)}…`];
  });
}

/** Of prose: also its length, and its number. */
export function proseFaults(where: string, text: string): readonly string[] {
  const long = sentences(withoutQuotes(text)).flatMap((one) => [
    ...(one.split(/\s+/).length > MOST_WORDS ? [`${where}: more than ${String(MOST_WORDS)} words: ${one}`] : []),
    ...(SINGULAR.test(one) ? [`${where}: a list with a verb for one: ${one}`] : []),
  ]);
  return [...long, ...bannedIn(where, text)];
}
