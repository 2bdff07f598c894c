/**
 * The fleet page as one HTML file: everything but the searchable table needs no script, nothing is loaded, and the
 * policy names the one style and the one script by their digests.
 */
import { TONE_GLYPH } from '../html/glyphs.js';
import { type Markup, NOTHING, html, pre, when } from '../html/markup.js';
import { htmlPage } from '../html/page.js';
import { BLAME_WORDS } from '../../model/words.js';
import { OUTCOME_TONE, OUTCOME_WORDS, count, type Tone } from '../words.js';
import type { FleetCause, FleetDocument, TrendHost } from './document.js';
import { SCRIPT_HASH } from './page/script.js';
import { PAGE_STYLE, PAGE_STYLE_HASH } from './page/style.js';
import { hostTable } from './page/table.js';
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

const POLICY = `default-src 'none'; style-src 'sha256-${PAGE_STYLE_HASH}'; script-src 'sha256-${SCRIPT_HASH}'; base-uri 'none'; form-action 'none'`;

const date = (iso: string): string => iso.replace('T', ' ').replace(/\.\d+Z$|Z$/, ' UTC');

const ORDER = ['will_fail', 'at_risk', 'unknown', 'will_work'] as const;

function bar({ outcomes, hosts }: FleetDocument): Markup {
  if (hosts.length === 0) return NOTHING;
  let from = 0;
  const parts = ORDER.map((outcome) => {
    const width = (100 * outcomes[outcome]) / hosts.length;
    const part = html`<rect
      x="${from.toFixed(2)}"
      y="0"
      width="${width.toFixed(2)}"
      height="10"
      class="s-${OUTCOME_TONE[outcome]}"
    />`;
    from += width;
    return part;
  });
  return html`<div class="share" aria-hidden="true">
      <svg viewBox="0 0 100 10" preserveAspectRatio="none" focusable="false">${parts}</svg>
    </div>
    <ul class="chips">
      ${ORDER.map((outcome) => html`<li class="chip ${OUTCOME_TONE[outcome]}">${TONE_GLYPH[OUTCOME_TONE[outcome]]} ${outcomes[outcome]} ${OUTCOME_WORDS[outcome]}</li>`)}
    </ul>`;
}

function header(fleet: FleetDocument): Markup {
  const { outcomes, from, to } = fleet;
  const tone: Tone =
    outcomes.will_fail > 0 ? 'fail' : outcomes.at_risk > 0 ? 'warn' : outcomes.unknown > 0 ? 'unknown' : 'ok';
  return html`<header>
    <div class="verdict">
      <div class="badge ${tone}" aria-hidden="true">${TONE_GLYPH[tone]}</div>
      <div>
        <h1>${headline(fleet)}</h1>
        <p class="meta">
          ${count(fleet.reports, 'run')}${from === null || to === null ? '' : `, from ${date(from)} to ${date(to)}`},
          merged ${date(fleet.createdAt)}
        </p>
      </div>
    </div>
    ${bar(fleet)}
  </header>`;
}

/** A table that becomes a list on a narrow screen. */
function table(heads: readonly string[], rows: readonly (readonly (string | number | Markup)[])[]): Markup {
  return html`<table class="facts">
    <thead>
      <tr>
        ${heads.map((head) => html`<th scope="col">${head}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (cells) =>
          html`<tr>
            ${cells.map((cell, c) => html`<td class="${typeof cell === 'number' ? 'num' : ''}" data-l="${heads[c] ?? ''}">${cell}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

// The names as one text would be cut like any foreign text: each is escaped by itself.
const nameText = (hosts: readonly string[]): readonly Markup[] =>
  hosts.map((host, index) => html`${index === 0 ? '' : ', '}${host}`);

function nameList(hosts: readonly string[], title: string): Markup {
  return html`<details>
    <summary>${title} <span class="dim">(${hosts.length})</span></summary>
    <div><p class="names">${nameText(hosts)}</p></div>
  </details>`;
}

function trendCard({ trend }: FleetDocument): Markup {
  if (trend === null) return NOTHING;
  const list = (word: string, hosts: readonly TrendHost[], tone: Tone): Markup =>
    hosts.length === 0
      ? NOTHING
      : html`<details>
          <summary><span class="${tone}">${TONE_GLYPH[tone]} ${hosts.length} ${word}</span></summary>
          <div>
            ${changesOf(hosts).map(([change, named]) => html`<p class="names">${change} <span class="dim">(${named.length})</span>: ${nameText(named)}</p>`)}
          </div>
        </details>`;
  return html`<section class="card" aria-labelledby="h-trend">
    <h2 id="h-trend">Since ${date(trend.since)}</h2>
    ${list('fixed', trend.fixed, 'ok')}${list('newly failing', trend.new, 'fail')}${list('still failing', trend.still, 'fail')}${list('no longer clear', trend.unclear, 'unknown')}
    ${when(trend.added.length > 0, () => nameList(trend.added, 'More hosts'))}${when(trend.gone.length > 0, () => nameList(trend.gone, 'Not there any more'))}
    ${when(trend.fixed.length + trend.new.length + trend.still.length + trend.unclear.length === 0, () => html`<p>Nothing failed then, and nothing fails now.</p>`)}
  </section>`;
}

function oddCard({ odd, moreOdd }: FleetDocument): Markup {
  if (odd.length === 0) return NOTHING;
  return html`<section class="card" aria-labelledby="h-odd">
    <h2 id="h-odd">Odd ones out</h2>
    ${table(
      ['Host', 'What', 'What differs'],
      odd.map((one) => [one.host, oddWords(one), differsWords(one)]),
    )}
    ${when(moreOdd > 0, () => html`<p class="dim">and ${moreOdd} more</p>`)}
  </section>`;
}

function causeCard(cause: FleetCause, index: number, telling: ReadonlySet<string>): Markup {
  const tone = causeTone(cause);
  const groups = cause.cause === 'none' ? [] : cause.groups.filter(({ name }) => telling.has(name));
  return html`<section
    class="card ${tone === 'fail' ? 'cause' : tone === 'warn' ? 'cause warnside' : ''}"
    aria-labelledby="h-cause-${index}"
  >
    <h2 id="h-cause-${index}">
      <span class="${tone}">${TONE_GLYPH[tone]}</span> ${count(cause.hosts.length, 'host')}: ${causeTitle(cause)}
    </h2>
    ${when(
      cause.cause !== 'none',
      () =>
        html`<p class="title">${cause.title}</p>
          <p>${causeWords(cause)}</p>`,
    )}
    ${when(cause.common.length > 0, () => html`<p>Nearly all of them, and hardly any other: ${cause.common.map((share, i) => html`${i === 0 ? '' : '; '}<strong>${facetWord(share.name)} ${shareWords(share)}</strong>`)}</p>`)}
    ${when(
      groups.length > 0,
      () =>
        html`<details>
          <summary>Where they are</summary>
          <div>
            <dl class="kv">
              ${groups.map(
                ({ name, values, more }) =>
                  html`<dt>${facetWord(name)}</dt>
                    <dd>${values.map(shareWords).join(', ')}${more > 0 ? ` and ${more} more` : ''}</dd>`,
              )}
            </dl>
          </div>
        </details>`,
    )}
    ${nameList(cause.hosts, 'Hosts')}
  </section>`;
}

function findingsCard({ findings }: FleetDocument): Markup {
  const others = findings.filter(({ hosts, first }) => hosts > first);
  if (others.length === 0) return NOTHING;
  return html`<section class="card" aria-labelledby="h-also">
    <h2 id="h-also">Also found, on hosts that have another first cause, or none</h2>
    ${table(
      ['Hosts', 'Finding', 'What', 'Severity', 'Who must act'],
      others.map(({ hosts, first, id, title, severity, blames }) => [
        hosts - first,
        id,
        title,
        severity,
        BLAME_WORDS[blames],
      ]),
    )}
  </section>`;
}

function needsCard({ needs, hosts }: FleetDocument): Markup {
  if (needs.length === 0) return NOTHING;
  return html`<section class="card" aria-labelledby="h-needs">
    <h2 id="h-needs">Rules needed</h2>
    ${table(
      ['Hosts', 'Rule', 'From'],
      needs.map((need) => {
        const shown = need.subnets.slice(0, 10).map(({ value, hosts: n }) => `${value} (${n})`);
        const more = need.subnets.length + need.more - shown.length;
        return [
          need.hosts === hosts.length ? 'all' : need.hosts,
          needWords(need),
          `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
        ];
      }),
    )}
  </section>`;
}

function lettersCard({ letters }: FleetDocument): Markup {
  if (letters.length === 0) return NOTHING;
  return html`<section class="card" aria-labelledby="h-letters">
    <h2 id="h-letters">Letters</h2>
    ${letters.map(
      ({ team, hosts, text }) =>
        html`<details>
          <summary>${TEAM_WORDS[team]} <span class="dim">(${count(hosts, 'host')})</span></summary>
          <div>${pre(text)}</div>
        </details>`,
    )}
  </section>`;
}

function leftOutCard(fleet: FleetDocument): Markup {
  const words = leftOutWords(fleet);
  if (words === '') return NOTHING;
  return html`<section class="card" aria-labelledby="h-left">
    <h2 id="h-left">Left out</h2>
    <p>${words}</p>
    ${when(
      fleet.leftOutList.length > 0,
      () =>
        html`<details>
          <summary>Which</summary>
          <div>
            <ul class="list">
              ${fleet.leftOutList.map(({ kind, text }) => html`<li>${kind.replaceAll('_', ' ')}: ${text}</li>`)}
            </ul>
          </div>
        </details>`,
    )}
  </section>`;
}

export function fleetHtml(fleet: FleetDocument): string {
  // What is the same everywhere tells nothing about a cause.
  const telling = new Set(fleet.facets.flatMap(({ name, values }) => (values.length > 1 ? [name] : [])));
  const body = html`<a class="skip" href="#main">Skip to the answer</a>
    <main id="main">
      ${header(fleet)}${trendCard(fleet)}${oddCard(fleet)}
      ${fleet.causes.map((cause, index) => causeCard(cause, index, telling))}
      ${findingsCard(fleet)}${needsCard(fleet)}${lettersCard(fleet)}${leftOutCard(fleet)}${hostTable(fleet)}
    </main>
    <footer><p>netdata-egress ${fleet.tool.version}</p></footer>`;
  return htmlPage({ title: headline(fleet), policy: POLICY, style: PAGE_STYLE, body });
}
