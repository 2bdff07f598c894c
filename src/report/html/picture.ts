/** The way from this host to the cloud, station by station, with the place where it breaks. */
import type { Report } from '../../model/report.js';
import { type Way, waysOf } from '../stations.js';
import { LEG_WORDS, OUTCOME_TONE, OUTCOME_WORDS } from '../words.js';
import { STATION_TITLE, STATION_TONE, STATION_WORD, TONE_GLYPH } from './glyphs.js';
import { type Markup, html, when } from './markup.js';

function station(item: Way['stations'][number]): Markup {
  const tone = STATION_TONE[item.state];
  const glyph = item.state === 'beyond' ? '–' : TONE_GLYPH[tone];
  return html`<li class="station ${item.state === 'unknown' ? 'isunknown' : item.state}">
    <div class="dot ${tone}" aria-hidden="true">${glyph}</div>
    <div class="sname">${STATION_TITLE[item.name]}</div>
    <div class="sword ${tone}">${STATION_WORD[item.state]}</div>
    ${when(item.what !== '', () => html`<div class="swhat">${item.what}</div>`)}${when(item.detail !== '', () => html`<div class="swhat fail">${item.detail}</div>`)}
  </li>`;
}

function line(way: Way): Markup {
  const tone = OUTCOME_TONE[way.outcome];
  const legs = way.legs.map((leg) => LEG_WORDS[leg].name).join(', ');
  const does = way.legs.map((leg) => LEG_WORDS[leg].does).join('; ');
  return html`<div class="way">
    <div class="wayhead">
      <h3>${legs}</h3>
      <span class="${tone}">${TONE_GLYPH[tone]} ${OUTCOME_WORDS[way.outcome]}</span
      ><span class="dim small">${does}; ${way.route}</span>
    </div>
    <ol class="stations">
      ${way.stations.map(station)}
    </ol>
  </div>`;
}

export function picture(report: Report): Markup {
  const ways = waysOf(report);
  const broken = ways.some((way) => way.stations.some((item) => item.state === 'breaks'));
  return html`<section class="card" aria-labelledby="h-path">
    <h2 id="h-path">${broken ? 'The path, and where it breaks' : 'The path'}</h2>
    ${ways.map(line)}
  </section>`;
}
