/** The table of all hosts: its frame as HTML, its rows as data that the script shows. */
import { jsonForScript, showInvisible } from '../../escape.js';
import { Markup, html } from '../../html/markup.js';
import { OUTCOME_TONE, OUTCOME_WORDS } from '../../words.js';
import type { FleetDocument, FleetRow } from '../document.js';
import { SCRIPT } from './script.js';

interface Column {
  readonly key: string;
  readonly title: string;
  readonly of: (row: FleetRow) => string;
}

/** The first column is the host; the keys are what a search may name (`cause:tcp`). */
const COLUMNS: readonly Column[] = [
  { key: 'host', title: 'Host', of: ({ host }) => host },
  { key: 'outcome', title: 'Outcome', of: ({ facts }) => OUTCOME_WORDS[facts.outcome] },
  { key: 'cause', title: 'First cause', of: ({ facts }) => (facts.cause === 'none' ? '' : facts.cause) },
  { key: 'labels', title: 'Labels', of: ({ facts }) => facts.labels.join(' ') },
  { key: 'source', title: 'Source', of: ({ source }) => source ?? '' },
  { key: 'route', title: 'Route', of: ({ facts }) => facts.route },
  { key: 'resolver', title: 'Resolvers', of: ({ facts }) => facts.resolvers.join(' ') },
  { key: 'issuer', title: 'Issuer', of: ({ facts }) => facts.issuer ?? '' },
  { key: 'agent', title: 'Agent', of: ({ facts }) => facts.agentVersion },
  {
    key: 'also',
    title: 'Also found',
    of: ({ facts }) => facts.findings.flatMap(({ id }) => (id === facts.cause ? [] : [id])).join(' '),
  },
];

/** Texts once, rows as numbers that point to them: a row is some fifty bytes. The last of a row is its tone. */
function dataOf({ hosts }: FleetDocument): unknown {
  const values: string[] = [];
  const known = new Map<string, number>();
  const indexOf = (text: string): number => {
    let index = known.get(text);
    if (index === undefined) {
      known.set(text, (index = values.length));
      values.push(showInvisible(text));
    }
    return index;
  };
  const [, ...rest] = COLUMNS;
  const rows = hosts.map((row) => [
    showInvisible(row.host),
    ...rest.map(({ of }) => indexOf(of(row))),
    OUTCOME_TONE[row.facts.outcome],
  ]);
  return { columns: COLUMNS.map(({ key, title }) => ({ key, title })), values, rows };
}

export function hostTable(fleet: FleetDocument): Markup {
  const head = COLUMNS.map(({ title }) => html`<th scope="col"><button type="button">${title}</button></th>`);
  return html`<section class="card tool" aria-labelledby="h-hosts">
      <h2 id="h-hosts">Hosts</h2>
      <noscript
        ><p class="dim">This table needs the script of this page. Every host stands under its cause above.</p></noscript
      >
      <div id="tool" hidden>
        <div class="find">
          <label for="box">Search</label>
          <input id="box" type="search" autocomplete="off" spellcheck="false" aria-describedby="keys" />
          <span id="count" role="status" class="dim small"></span>
        </div>
        <p class="dim small" id="keys">
          All words must be found; a word may name its column (${COLUMNS.map(({ key }) => `${key}:`).join(' ')}), and a
          dash before it means without. Keys: / search, arrows, Page Up and Down, Home and End move, Enter shows a host,
          Escape goes back.
        </p>
        <div class="view" id="view">
          <div class="size" id="size">
            <table class="grid" id="grid" role="grid" tabindex="0" aria-label="Hosts">
              <thead>
                <tr aria-rowindex="1">
                  ${head}
                </tr>
              </thead>
              <tbody></tbody>
            </table>
          </div>
        </div>
        <div id="one" aria-live="polite"></div>
      </div>
    </section>
    ${new Markup(`<script type="application/json" id="fleet">${jsonForScript(dataOf(fleet))}</script><script>${SCRIPT}</script>`)}`;
}
