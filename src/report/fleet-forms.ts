/** The fleet table for people, for tickets and for machines. */
import { safeJson, safeMarkdown } from './escape.js';
import type { Fleet, FleetRow, Tally } from './fleet.js';
import type { RenderOptions } from './renderer.js';
import { TextLayout } from './text-layout.js';
import { BLAME_WORDS, count } from './words.js';

const top = (tally: Tally, n: number): string => {
  const shown = tally.top(n).map(([value, times]) => `${value} (${times})`);
  const more = tally.distinct - shown.length + (tally.others > 0 ? 1 : 0);
  return shown.join(', ') + (more > 0 ? ` and others` : '');
};

function summary(fleet: Fleet): string {
  const { will_work, will_fail, at_risk, unknown } = fleet.outcomes;
  return `${count(fleet.reports, 'report')}: ${will_work} will work, ${will_fail} will fail, ${at_risk} at risk, ${unknown} not decided`;
}

const who = (row: FleetRow): string => (row.blames === null ? '' : BLAME_WORDS[row.blames]);
const fails = (row: FleetRow): string =>
  `${row.claim.will_fail} of ${row.reports} cannot claim, ${row.link.will_fail} cannot link`;

export function fleetText(fleet: Fleet, options: RenderOptions): string {
  const out = new TextLayout(options);
  out.prose(summary(fleet), 0, '', 0, options.paint.bold);
  for (const row of fleet.rows()) {
    const tone =
      row.cause === 'none'
        ? 'ok'
        : row.cause === 'undecided'
          ? 'unknown'
          : row.link.will_fail + row.claim.will_fail > 0
            ? 'fail'
            : 'warn';
    out.blank();
    const width = String(fleet.reports).length;
    out.prose(
      row.cause === 'none' ? 'nothing in the way' : row.cause,
      0,
      `${String(row.reports).padStart(width)} ${out.glyph(tone)} `,
      width + 3,
      options.paint.bold,
    );
    const indent = width + 3;
    if (row.cause !== 'none') out.prose(row.title, indent);
    if (row.cause !== 'none') out.prose(`${fails(row)}${who(row) === '' ? '' : `; who must act: ${who(row)}`}`, indent);
    out.prose(`routes: ${top(row.routes, 3)}`, indent, '', 0, options.paint.dim);
    if (row.resolvers.distinct > 0) out.prose(`resolvers: ${top(row.resolvers, 3)}`, indent, '', 0, options.paint.dim);
    out.prose(`Agents: ${top(row.versions, 3)}`, indent, '', 0, options.paint.dim);
    const more = row.reports > row.examples.length ? ', …' : '';
    out.prose(`hosts: ${row.examples.join(', ')}${more}`, indent, '', 0, options.paint.dim);
  }
  return out.toString();
}

export function fleetMarkdown(fleet: Fleet): string {
  const md = (text: string): string => safeMarkdown(text, 300);
  const rows = fleet.rows().map((row) => {
    const cells = [
      String(row.reports),
      md(row.cause),
      md(row.title),
      who(row),
      String(row.claim.will_fail),
      String(row.link.will_fail),
      md(top(row.routes, 3)),
      md(row.examples.slice(0, 6).join(', ')),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    `# ${summary(fleet)}`,
    '',
    '| Reports | Cause | What is wrong | Who must act | Cannot claim | Cannot link | Routes | Hosts, for example |',
    '|---:|---|---|---|---:|---:|---|---|',
    ...rows,
    '',
  ].join('\n');
}

export function fleetJson(fleet: Fleet): string {
  const tally = (t: Tally) => ({ top: Object.fromEntries(t.top(20)), distinct: t.distinct, others: t.others });
  const document = {
    schema: 'netdata-egress/fleet',
    version: 1,
    reports: fleet.reports,
    outcomes: fleet.outcomes,
    causes: fleet.rows().map((row) => ({
      ...row,
      routes: tally(row.routes),
      resolvers: tally(row.resolvers),
      versions: tally(row.versions),
    })),
  };
  return `${safeJson(document, 2)}\n`;
}
