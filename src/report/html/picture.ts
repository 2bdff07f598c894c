/** The way from this host to the cloud, station by station, with the place where it breaks. */
import type { Report } from '../../model/report.js';
import { LEGS } from '../../model/route.js';
import { type Station, type StationState, type Took, type Way, waysOf } from '../stations.js';
import { LEG_WORDS, OPERATION_WORDS, OUTCOME_TONE, OUTCOME_WORDS, duration } from '../words.js';
import { STATION_TITLE, STATION_TONE, STATION_WORD, TONE_GLYPH } from './glyphs.js';
import { icon } from './icons.js';
import { type Markup, html, when } from './markup.js';

/** How the line into a station is drawn: nothing gets past a break, and nobody knows of what is unknown. */
const LINE: Readonly<Record<StationState, string>> = {
  ok: 'walked',
  partly: 'walked',
  breaks: 'broken',
  beyond: 'dotted',
  unknown: 'dotted',
};

/** The others are in the evidence. */
const TROUBLES_SHOWN = 3;

function tookText({ step, leastMs, mostMs }: Took): string {
  const [least, most] = [duration(leastMs), duration(mostMs)];
  const span = least === most ? least : `${least.replace(/ ms$/, most.endsWith(' ms') ? '' : ' ms')} to ${most}`;
  return `${OPERATION_WORDS[step]} ${span}`;
}

function station(item: Station, next: Station | undefined): Markup {
  const tone = STATION_TONE[item.state];
  const glyph = item.state === 'beyond' ? '–' : TONE_GLYPH[tone];
  const whats = item.what.split(', ').filter((what) => what !== '');
  return html`<li class="station into-${LINE[item.state]} ${next === undefined ? 'last' : `onto-${LINE[next.state]}`}">
    <div class="dot ${tone}" aria-hidden="true">${icon(item.name)}<span class="mark">${glyph}</span></div>
    <div class="said">
      <div class="sname">${STATION_TITLE[item.name]}</div>
      <div class="sword ${tone}">${STATION_WORD[item.state]}</div>
      ${when(item.detail !== '', () => html`<div class="swhy">${item.detail}</div>`)}${item.troubles.slice(0, TROUBLES_SHOWN).map((trouble) => html`<div class="swhy ${tone}">${trouble}</div>`)}${whats.map((what) => html`<div class="swhat">${what}</div>`)}${item.took.map((took) => html`<div class="stook">${tookText(took)}</div>`)}
    </div>
  </li>`;
}

function line(way: Way): Markup {
  const tone = OUTCOME_TONE[way.outcome];
  const legs = way.legs.map((leg) => LEG_WORDS[leg].name).join(', ');
  return html`<div class="way">
    <div class="wayhead">
      <h3>${legs}</h3>
      <span class="pill ${tone}">${TONE_GLYPH[tone]} ${OUTCOME_WORDS[way.outcome]}</span
      ><span class="dim">${way.route}</span>
    </div>
    <ol class="stations">
      ${way.stations.map((item, index) => station(item, way.stations[index + 1]))}
    </ol>
  </div>`;
}

export function picture(report: Report): Markup {
  const ways = waysOf(report);
  const broken = ways.some((way) => way.stations.some((item) => item.state === 'breaks'));
  return html`<section class="card" aria-labelledby="h-path">
    <h2 id="h-path">${broken ? 'The path, and where it breaks' : 'The path'}</h2>
    ${ways.map(line)}
    <p class="dim small wide">
      ${LEGS.map((leg, i) => html`${i > 0 ? '; ' : ''}<b>${LEG_WORDS[leg].name}</b>: ${LEG_WORDS[leg].does}`)}.
    </p>
  </section>`;
}
