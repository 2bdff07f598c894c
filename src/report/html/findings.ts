/** What was found: the cause, what to do, and the rest. */
import type { FoundFinding, Remedy } from '../../model/finding.js';
import type { Judgement } from '../judgement.js';
import { BLAME_WORDS, CONFIDENCE_WORDS } from '../../model/words.js';
import { TONE_GLYPH } from './glyphs.js';
import { type Markup, NOTHING, html, pre, when } from './markup.js';

function remedy(item: Remedy): Markup {
  return html`<li>
    <p>
      <span class="who">${BLAME_WORDS[item.who]}:</span>
      ${item.text}
    </p>
    ${item.lines.map(
      (line) =>
        html`<p class="small dim">in <code>${line.file}</code></p>
          ${pre(line.text)}`,
    )}${when(
      item.command !== null,
      () =>
        html`<p class="small dim">run</p>
          ${pre(item.command ?? '')}`,
    )}
  </li>`;
}

/** What to do about an answer that is none. */
export function adviceCard(advice: string): Markup {
  return html`<section class="card" aria-labelledby="h-advice">
    <h2 id="h-advice">What to do</h2>
    <p>${advice}</p>
  </section>`;
}

export function causeCard(finding: FoundFinding, heading: string, key: string): Markup {
  const side = finding.severity === 'blocks' ? '' : ' warnside';
  return html`<section class="card cause${side}" aria-labelledby="h-${key} h-${key}-title">
      <h2 id="h-${key}">${heading}</h2>
      <p class="title" id="h-${key}-title">${finding.title}</p>
      <p>${finding.why}</p>
      ${when(finding.wouldTell !== null, () => html`<p class="dim">What would tell: ${finding.wouldTell ?? ''}</p>`)}
      <div class="chips">
        <span class="chip"><code>${finding.id}</code></span
        ><span class="chip">${CONFIDENCE_WORDS[finding.confidence]}</span
        ><span class="chip">who must act: ${BLAME_WORDS[finding.blames]}</span>
      </div>
    </section>
    ${when(
      finding.remedies.length > 0,
      () =>
        html`<section class="card" aria-labelledby="h-${key}-do h-${key}-title">
          <h2 id="h-${key}-do">What to do</h2>
          <ol class="steps">
            ${finding.remedies.map(remedy)}
          </ol>
        </section>`,
    )}`;
}

function other(finding: FoundFinding): Markup {
  const risk = finding.severity === 'risks';
  const tone = risk ? 'warn' : 'none';
  return html`<details>
    <summary><span class="${tone}">${TONE_GLYPH[tone]} ${risk ? 'risk' : 'note'}</span> ${finding.title}</summary>
    <div>
      <p>${finding.why}</p>
      <p class="small dim"><code>${finding.id}</code>, ${CONFIDENCE_WORDS[finding.confidence]}</p>
      ${when(
        finding.remedies.length > 0,
        () =>
          html`<ol class="steps">
            ${finding.remedies.map(remedy)}
          </ol>`,
      )}
    </div>
  </details>`;
}

export function otherFindings(judgement: Judgement): Markup {
  const list = [...judgement.risks, ...judgement.notes];
  if (list.length === 0 && judgement.folded.length === 0) return NOTHING;
  const folded = [...new Set(judgement.folded.map((finding) => finding.id))];
  return html`<section class="card" aria-labelledby="h-also">
    <h2 id="h-also">Also found</h2>
    ${when(
      folded.length > 0,
      () =>
        html`<p>
          Follows from the cause, no separate problem:
          ${folded.map((id, i) => html`${i > 0 ? ', ' : ''}<code>${id}</code>`)}.
        </p>`,
    )}${list.map(other)}
  </section>`;
}
