/** The fleet page for a terminal: what to do first, then every cause with all its hosts. */
import type { RenderOptions } from '../renderer.js';
import { TextLayout } from '../text-layout.js';
import { count } from '../words.js';
import type { FleetCause, FleetDocument, TrendHost } from './document.js';
import {
  TEAM_WORDS,
  causeTitle,
  causeTone,
  causeWords,
  changesOf,
  differsWords,
  facetWord,
  headline,
  leftOutWords,
  needWords,
  oddWords,
  shareWords,
} from './words.js';

/** Odd ones that the terminal shows; the other forms have all. */
const MOST_ODD = 10;

export function fleetText(fleet: FleetDocument, options: RenderOptions): string {
  const out = new TextLayout(options);
  const { bold, dim } = options.paint;
  out.prose(headline(fleet), 0, '', 0, bold);
  if (options.verbose < 0) return out.toString();
  trend(out, fleet);
  odd(out, fleet);
  // What is the same everywhere tells nothing about a cause.
  const telling = new Set(fleet.facets.flatMap(({ name, values }) => (values.length > 1 ? [name] : [])));
  for (const cause of fleet.causes) {
    const groups = cause.cause === 'none' ? [] : cause.groups.filter(({ name }) => telling.has(name));
    causeBlock(out, { ...cause, groups }, String(fleet.hosts.length).length, options);
  }
  const others = fleet.findings.filter(({ hosts, first }) => hosts > first);
  if (others.length > 0) {
    out.heading('Also found', dim('on hosts that have another first cause, or none'));
    for (const { id, title, hosts, first, severity } of others) {
      const tone = { blocks: 'fail', risks: 'warn', notes: 'none' } as const;
      out.prose(`${id} (${count(hosts - first, 'host')}): ${title}`, 2, `${out.glyph(tone[severity])} `, 2);
    }
  }
  if (fleet.needs.length > 0) {
    out.heading('Rules needed');
    for (const need of fleet.needs) {
      const all = need.hosts === fleet.hosts.length;
      const from = need.subnets.slice(0, 3).map(({ value, hosts }) => `${value} (${hosts})`);
      const more = need.subnets.length + need.more - from.length;
      out.prose(
        `${needWords(need)}: ${all ? 'all hosts' : count(need.hosts, 'host')}, from ${from.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
        2,
      );
    }
  }
  if (fleet.letters.length > 0) {
    out.heading('Letters', dim('--format letters prints them'));
    for (const { team, hosts } of fleet.letters) out.prose(`${TEAM_WORDS[team]}: ${count(hosts, 'host')}`, 2);
  }
  const left = leftOutWords(fleet);
  if (left !== '') {
    out.heading('Left out');
    out.prose(left, 2);
  }
  return out.toString();
}

function trend(out: TextLayout, { trend: since }: FleetDocument): void {
  if (since === null) return;
  out.heading(`Since ${since.since.slice(0, 16).replace('T', ' ')} UTC`);
  // Hosts that changed alike are one line.
  const line = (word: string, hosts: readonly TrendHost[], tone: 'ok' | 'fail' | 'unknown'): void => {
    for (const [change, named] of changesOf(hosts)) {
      out.prose(`${word}: ${count(named.length, 'host')}, ${change}: ${some(named)}`, 2, `${out.glyph(tone)} `, 2);
    }
  };
  line('fixed', since.fixed, 'ok');
  line('new', since.new, 'fail');
  line('still', since.still, 'fail');
  line('no longer clear', since.unclear, 'unknown');
  if (since.added.length > 0) out.prose(`${count(since.added.length, 'host')} more: ${some(since.added)}`, 2);
  if (since.gone.length > 0)
    out.prose(`${count(since.gone.length, 'host')} not there any more: ${some(since.gone)}`, 2);
  if (since.fixed.length + since.new.length + since.still.length + since.unclear.length === 0)
    out.prose('Nothing failed then, and nothing fails now.', 2);
}

/** The first thirty: a list of changes is read, a long one is in the other forms. */
const some = (all: readonly string[]): string =>
  all.length > 30 ? `${all.slice(0, 30).join(', ')} and ${all.length - 30} more` : all.join(', ');

function odd(out: TextLayout, fleet: FleetDocument): void {
  if (fleet.odd.length === 0) return;
  out.heading('Odd ones out');
  for (const one of fleet.odd.slice(0, MOST_ODD)) {
    out.prose(`${one.host}: ${oddWords(one)}`, 2);
    out.prose(differsWords(one), 4);
  }
  const more = fleet.odd.length - MOST_ODD + fleet.moreOdd;
  if (more > 0) out.prose(`and ${more} more`, 2);
}

function causeBlock(out: TextLayout, cause: FleetCause, width: number, { paint }: RenderOptions): void {
  out.blank();
  const lead = `${String(cause.hosts.length).padStart(width)} ${out.glyph(causeTone(cause))} `;
  out.prose(causeTitle(cause), 0, lead, width + 3, paint.bold);
  const indent = width + 3;
  if (cause.cause !== 'none') {
    out.prose(cause.title, indent);
    out.prose(causeWords(cause), indent);
    for (const { name, value, hosts, of } of cause.common.slice(0, 2)) {
      out.prose(`nearly all of them, and hardly any other: ${facetWord(name)} ${value} (${hosts} of ${of})`, indent);
    }
  }
  for (const { name, values, more } of cause.groups) {
    const shown = values.slice(0, 3);
    const rest = values.length - shown.length + more;
    out.prose(
      `${facetWord(name)}: ${shown.map(shareWords).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`,
      indent,
      '',
      0,
      paint.dim,
    );
  }
  // All of them: whoever pastes the list somewhere wants it whole.
  let line = 'hosts:';
  for (const host of cause.hosts) {
    const next = ` ${out.clean(host, 200)}${host === cause.hosts.at(-1) ? '' : ','}`;
    if (line.length + next.length > out.width - indent) {
      out.raw(' '.repeat(indent) + paint.dim(line));
      line = '  ' + next.slice(1);
    } else line += next;
  }
  out.raw(' '.repeat(indent) + paint.dim(line));
}
