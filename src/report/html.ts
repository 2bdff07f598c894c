/**
 * The run as one HTML file: no script, no request, readable in any browser, on paper and by a screen reader. The run
 * itself is embedded as inert JSON, so that the file can be read back (`report show run.html`).
 */
import type { Report } from '../model/report.js';
import type { LegVerdict } from '../model/verdict.js';
import { EMBEDDED_RUN, jsonForScript, safeJson } from './escape.js';
import { detailsCard, evidenceCard } from './html/details.js';
import { adviceCard, causeCard, otherFindings } from './html/findings.js';
import { TONE_GLYPH } from './html/glyphs.js';
import { Markup, NOTHING, html, when } from './html/markup.js';
import { htmlPage } from './html/page.js';
import { picture } from './html/picture.js';
import { STYLE, STYLE_HASH } from './html/style.js';
import { waterfall } from './html/waterfall.js';
import { type Judgement, judge } from './judgement.js';
import type { Renderer } from './renderer.js';
import { OUTCOME_TONE, OUTCOME_WORDS, duration, versionWords } from './words.js';

/** Nothing may load, run, be submitted or change the base; the one style is named by its digest. */
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'`;

function answer(title: string, verdict: LegVerdict, more: string | null): Markup {
  const tone = OUTCOME_TONE[verdict.outcome];
  return html`<section class="card">
    <h2>${title}</h2>
    <p class="answer ${tone}">${TONE_GLYPH[tone]} ${OUTCOME_WORDS[verdict.outcome]}</p>
    <p class="dim">${verdict.note}${when(more !== null, () => html` ${more ?? ''}`)}</p>
  </section>`;
}

function header(report: Report, judgement: Judgement): Markup {
  const agent = versionWords(report.agent);
  return html`<header>
    <div class="verdict">
      <div class="badge ${judgement.tone}" aria-hidden="true">${TONE_GLYPH[judgement.tone]}</div>
      <div>
        <h1>${judgement.headline}</h1>
        <p class="meta">
          ${report.environment.hostname}, ${agent}, ${report.startedAt.replace('T', ' ').replace(/\.\d+Z$|Z$/, ' UTC')},
          took ${duration(report.durationMs)}, exit code ${report.exitCode}
        </p>
      </div>
    </div>
  </header>`;
}

function notChecked(report: Report, judgement: Judgement): Markup {
  const reasons = [...report.notChecked, ...judgement.notChecked.map((item) => `${item.id}: ${item.because}`)];
  if (reasons.length === 0) return NOTHING;
  return html`<section class="card" aria-labelledby="h-not">
    <h2 id="h-not">Not checked: unknown, not fine</h2>
    <ul class="list">
      ${reasons.map((reason) => html`<li><span class="unknown">?</span> ${reason}</li>`)}
    </ul>
  </section>`;
}

function footer(report: Report): Markup {
  const removed = Object.entries(report.redaction.removed).map(([kind, n]) => `${n} × ${kind.replaceAll('_', ' ')}`);
  const hidden = removed.length > 0 ? `hidden: ${removed.join(', ')}` : 'nothing to hide was found';
  return html`<footer>
    <p>
      netdata-egress ${report.tool.version}. Redaction
      ${report.redaction.mode === 'off' ? 'off: nothing was hidden, do not share this file' : `${report.redaction.mode}; ${hidden}`}.
    </p>
    <p>
      The whole run is inside this file: ${saved(report)}, or give this file to
      <code>netdata-egress report show</code>.
    </p>
  </footer>`;
}

/** Of host and time: what a folder of tickets can tell apart. */
function fileName({ environment, startedAt }: Report): string {
  const host = environment.hostname.replaceAll(/[^A-Za-z0-9.-]+/g, '-').slice(0, 64);
  return `netdata-egress-${host}-${startedAt.replaceAll(/[^0-9TZ]+/g, '').slice(0, 20)}.json`;
}

/** A link that carries what it saves: no script, no request. base64 knows no character that would end an attribute. */
function saved(report: Report): Markup {
  const name = fileName(report);
  const base64 = Buffer.from(`${safeJson(report, 2)}\n`, 'utf8').toString('base64');
  return html`<a class="save" download="${name}" href="${new Markup(`data:application/json;base64,${base64}`)}"
    >${name}</a
  >`;
}

function render(report: Report): string {
  const judgement = judge(report);
  const { told } = judgement;
  const body = html`<a class="skip" href="#main">Skip to the answer</a>
    <main id="main">
      ${header(report, judgement)}
      <div class="two">
        ${answer('Claiming', report.verdict.claim, judgement.tries)}${answer('The link', report.verdict.link, null)}
      </div>
      ${when(judgement.advice !== null, () => adviceCard(judgement.advice ?? ''))}
      ${told === null ? null : causeCard(told, judgement.tone === 'fail' ? 'The cause' : 'What is wrong', 'cause')}
      ${judgement.alsoBlocks.map((finding, index) => causeCard(finding, index === 0 ? 'A second problem' : 'Another problem', `also-${index}`))}
      ${picture(report)}${waterfall(report)}${otherFindings(judgement)}${evidenceCard(report)}${notChecked(report, judgement)}${detailsCard(report)}
    </main>
    ${footer(report)}${when(true, () => new Markup(`${EMBEDDED_RUN}${jsonForScript(report)}</script>`))}`;
  return htmlPage({ title: judgement.headline, policy: POLICY, style: STYLE, body });
}

export const htmlFormat: Renderer = {
  id: 'html',
  title: 'one self-contained page with the path and a waterfall of every step',
  extension: 'html',
  render,
};
