/** Details on demand: evidence of each leg, addresses, configuration, every observation. */
import { tookMs } from '../../trace/silence.js';
import type { Observation } from '../../model/observation.js';
import type { Report } from '../../model/report.js';
import { describe, isPlainNoData, routeText } from '../describe.js';
import { type LegEvidence, allEvidence } from '../evidence.js';
import { ADDRESS_CLASS_WORDS, CONTROL_WORDS } from '../../model/words.js';
import { LEG_WORDS, OUTCOME_TONE, OUTCOME_WORDS, STATE_TONE, STATE_WORDS, duration } from '../words.js';
import { TONE_GLYPH } from './glyphs.js';
import { type Markup, NOTHING, type Part, html, pre, when } from './markup.js';

function more(title: Part, body: Part): Markup {
  return html`<details>
    <summary>${title}</summary>
    <div>${body}</div>
  </details>`;
}

function pairs(list: readonly (readonly [string, Part])[]): Markup {
  return html`<dl class="kv">
    ${list.map(
      ([key, value]) =>
        html`<dt>${key}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

function legDetails(report: Report, evidence: LegEvidence): Markup {
  const verdict = report.verdict.legs[evidence.leg];
  const settings = report.agent.legs[evidence.leg];
  const prediction = report.predictions.find((p) => p.leg === evidence.leg);
  const tone = OUTCOME_TONE[verdict.outcome];
  const rows = evidence.rows.map((row) => {
    const state = STATE_TONE[row.state];
    const where = row.addresses.length === 0 ? '' : `${row.addresses.join(', ')}: `;
    const took = row.tookMs === null ? '' : ` (${duration(row.tookMs)})`;
    return html`<li>
      <span class="${state}">${TONE_GLYPH[state]} ${STATE_WORDS[row.state]}</span><span>${row.label}</span
      ><span>${where}${row.text}${took}</span>
    </li>`;
  });
  const says = prediction?.agentWouldSay;
  return more(
    html`<span class="${tone}">${TONE_GLYPH[tone]} ${OUTCOME_WORDS[verdict.outcome]}</span>
      ${LEG_WORDS[evidence.leg].name}
      <span class="dim">${settings.host}:${settings.port}, ${routeText(report, settings.routeId)}</span>`,
    html`<ul class="rungs">
        ${rows}
      </ul>
      ${pairs([
        ['verdict', verdict.note],
        ['why this route', settings.routeWhy],
        ...(prediction === undefined ? [] : ([['the Agent', prediction.why]] as const)),
        ...(says?.status === null || says === undefined
          ? []
          : ([['its status would say', html`<code>${says.status}</code>`]] as const)),
        ...(says?.log === null || says === undefined
          ? []
          : ([['its log would say', html`<code>${says.log}</code>`]] as const)),
      ])}`,
  );
}

export function evidenceCard(report: Report): Markup {
  return html`<section class="card" aria-labelledby="h-legs">
    <h2 id="h-legs">Evidence for each step</h2>
    ${allEvidence(report).map((evidence) => legDetails(report, evidence))}
  </section>`;
}

function addresses(report: Report): Markup {
  if (report.addresses.length === 0) return NOTHING;
  return more(
    html`Addresses <span class="dim">${report.addresses.length}</span>`,
    html`<ul class="list">
      ${report.addresses.map(
        (a) =>
          html`<li>
            <code>${a.address}</code> ${a.host}:
            ${a.translated === undefined ? '' : `NAT64 for ${a.translated}, `}${ADDRESS_CLASS_WORDS[a.class]}${a.knownSince === null ? '' : ` since ${a.knownSince} (${a.knownSource ?? ''})`}
          </li>`,
      )}
    </ul>`,
  );
}

function configuration(report: Report): Markup {
  const settings = report.agent.settings.map(
    (s) =>
      [
        s.key,
        html`${s.value === null ? 'not set' : html`<code>${s.value}</code>`}
          <span class="dim"
            >${s.source.kind === s.source.name ? '' : s.source.kind}
            ${s.source.name}${s.source.line === null ? '' : `, line ${s.source.line}`}</span
          >${when(s.linkReads !== null, () => html`<br />the link reads: ${s.linkReads ?? ''}`)}`,
      ] as const,
  );
  const stores = report.agent.trustStores.map(
    (t) =>
      [
        `trust store ${t.id}`,
        t.problem ?? `${t.title}, ${t.certificates} certificates: ${t.paths.join(', ')}`,
      ] as const,
  );
  return more("The Agent's configuration", pairs([...settings, ...stores]));
}

function facts(o: Observation): readonly (readonly [string, Part])[] {
  const list: (readonly [string, Part])[] = [];
  if (o.failure !== null && o.failure.detail !== '') list.push(['detail', o.failure.detail]);
  if (o.operation === 'tls_handshake') {
    for (const [depth, c] of o.chain.entries()) {
      list.push([
        `certificate ${depth}`,
        html`${c.subject}<br />issued by ${c.issuer}<br />names ${c.subjectAltName}<br />${c.notBefore} to
          ${c.notAfter}<br />SHA-256 <code>${c.fingerprint256}</code>`,
      ]);
    }
    for (const j of o.judgements)
      list.push([`store ${j.storeId}`, j.trusted ? 'trusted' : `not trusted: ${j.errors.join(', ')}`]);
  }
  if ('headers' in o) for (const [name, value] of o.headers.slice(0, 60)) list.push([name, value]);
  if ('bodyExcerpt' in o && o.bodyExcerpt !== '') list.push(['page', pre(o.bodyExcerpt.slice(0, 2000))]);
  if (o.operation === 'http_round_trip' && o.rawBody !== '') list.push(['body', pre(o.rawBody.slice(0, 2000))]);
  if (o.operation === 'read_local_firewall')
    for (const rule of o.rules) list.push([rule.where, html`<code>${rule.text}</code>`]);
  if (o.operation === 'read_config')
    for (const p of o.problems) list.push([`line ${p.line ?? '?'}`, html`<code>${p.text}</code> ${p.kind}`]);
  return list;
}

function observation(o: Observation): Markup {
  const failed = o.failure !== null && !isPlainNoData(o);
  const tone = failed ? 'fail' : 'none';
  const role = o.role.kind === 'control' ? `, control: ${CONTROL_WORDS[o.role.control]}` : '';
  const line = html`<span class="${tone}">${TONE_GLYPH[tone]} ${failed ? 'failed' : 'done'}</span>
    <code>${o.id}</code> ${o.address ?? ''} ${describe(o)}
    <span class="dim">at ${Math.round(o.t0Ms)} ms, ${duration(tookMs(o))}${role}</span>`;
  const list = facts(o);
  return list.length === 0
    ? html`<li>${line}</li>`
    : html`<li>${line}${more(html`details of <code>${o.id}</code>`, pairs(list))}</li>`;
}

export function detailsCard(report: Report): Markup {
  return html`<section class="card" aria-labelledby="h-more">
    <h2 id="h-more">Details</h2>
    ${addresses(report)}${configuration(report)}${more(
      html`Every observation <span class="dim">${report.observations.length}</span>`,
      html`<ul class="list small">
        ${report.observations.map(observation)}
      </ul>`,
    )}
  </section>`;
}
