/** Every step of every connection on one time axis; one row per address, grouped by leg. */
import { buildAttempts } from '../../trace/attempts.js';
import { tookMs } from '../../trace/silence.js';
import type { NetworkOperation } from '../../model/failure.js';
import type { Observation } from '../../model/observation.js';
import type { Report } from '../../model/report.js';
import { LEGS, type Leg } from '../../model/route.js';
import { describe, isPlainNoData } from '../describe.js';
import { cut } from '../escape.js';
import { allEvidence } from '../evidence.js';
import { CONTROL_WORDS } from '../../model/words.js';
import { LEG_WORDS, OPERATION_WORDS, count, duration } from '../words.js';
import { type Axis, axisOf } from './axis.js';
import { type Markup, html, when } from './markup.js';

/** Beyond this many rows of one leg, the rest waits behind a click. */
const ROWS_SHOWN = 16;

const BAR_CLASS: Readonly<Partial<Record<NetworkOperation, string>>> = {
  resolve: 'resolve',
  dns_query: 'resolve',
  connect: 'connect',
  proxy_connect: 'proxy',
  tls_handshake: 'tls',
  http_round_trip: 'http',
  websocket_upgrade: 'websocket',
  mqtt_connect: 'mqtt',
};

interface Row {
  readonly label: string;
  readonly steps: readonly Observation[];
}

/** What is wrong with a step: its failure, or that a leg cannot use what came. null = nothing. */
type Complaint = (o: Observation) => string | null;

function complaints(report: Report): Complaint {
  const judged = new Map(
    allEvidence(report)
      .flatMap((evidence) => evidence.rows)
      .filter((row) => row.state === 'failed')
      .flatMap((row) => row.observations.map((o) => [o.id, cut(row.complaint ?? row.text, 120)] as const)),
  );
  return (o) => judged.get(o.id) ?? (o.failure === null || isPlainNoData(o) ? null : describe(o));
}

interface Look {
  readonly axis: Axis;
  readonly complaint: Complaint;
}

interface Group {
  readonly title: string;
  readonly rows: readonly Row[];
}

const isNetwork = (o: Observation): boolean => o.operation in OPERATION_WORDS;
const word = (o: Observation): string => OPERATION_WORDS[o.operation as NetworkOperation];

function label(steps: readonly Observation[]): string {
  const [first] = steps;
  if (first === undefined) return '';
  if (first.operation === 'resolve') return first.hostname;
  // As dig has it.
  if (first.operation === 'dns_query') return `${first.type} ${first.name} @${first.resolver}`;
  const found = steps.find((o) => o.address !== null)?.address ?? null;
  const proxy = steps.some((o) => o.operation === 'proxy_connect' || (o.operation === 'connect' && o.peer === 'proxy'));
  const address = found === null ? word(first) : `${proxy ? 'proxy ' : ''}${found}`;
  // Below a leg's name the address says it all; a control may concern any of the hosts.
  return first.role.kind === 'path' ? address : [address, nameOf(steps)].filter((part) => part !== null).join(', ');
}

function nameOf(steps: readonly Observation[]): string | null {
  for (const o of steps) {
    if (o.operation === 'tls_handshake') return o.sni ?? 'no name';
    if (o.operation === 'proxy_connect') return o.requestedHost;
  }
  const [first] = steps;
  return first?.operation === 'connect' && first.host !== first.address ? first.host : null;
}

/** Looking up an address that is one already takes no step. */
const isIdle = (o: Observation): boolean =>
  o.operation === 'resolve' && o.failure === null && o.addresses.some(({ address }) => address === o.hostname);

/** One row per connection, and one for each address of a proxy that was not reached; a look-up has a row of its own. */
function rowsOf(observations: readonly Observation[]): Row[] {
  const connections = buildAttempts(observations, new Map()).flatMap(({ connect, connects, steps }) => [
    ...connects.filter((o) => o !== connect).map((o) => [o]),
    steps.filter((o) => o === connect || o.operation !== 'connect'),
  ]);
  const lookups = observations.filter((o) => (o.operation === 'resolve' || o.operation === 'dns_query') && !isIdle(o));
  return [...lookups.map((o) => [o]), ...connections]
    .map((steps) => ({ label: label(steps), steps: steps.toSorted((a, b) => a.t0Ms - b.t0Ms) }))
    .toSorted((a, b) => (a.steps[0]?.t0Ms ?? 0) - (b.steps[0]?.t0Ms ?? 0));
}

function groupsOf(report: Report): Group[] {
  const network = report.observations.filter(isNetwork);
  const legOf = (o: Observation): Leg | null => o.leg ?? report.targets.find((t) => t.id === o.targetId)?.leg ?? null;
  const path = network.filter((o) => o.role.kind === 'path');
  const legs = LEGS.map((leg) => ({
    title: `${LEG_WORDS[leg].name}: ${report.agent.legs[leg].host}:${report.agent.legs[leg].port}`,
    rows: rowsOf(path.filter((o) => legOf(o) === leg)),
  }));
  const shared = { title: 'names, asked once for all', rows: rowsOf(path.filter((o) => legOf(o) === null)) };
  const controls = new Map<string, Observation[]>();
  for (const o of network) {
    if (o.role.kind === 'path') continue;
    const title = o.role.kind === 'control' ? `control: ${CONTROL_WORDS[o.role.control]}` : 'other ways';
    controls.set(title, [...(controls.get(title) ?? []), o]);
  }
  const rest = [...controls].map(([title, steps]) => ({ title, rows: rowsOf(steps) }));
  return [shared, ...legs, ...rest].filter((group) => group.rows.length > 0);
}

/**
 * Width that a word needs in a bar, percent of the lane, when the lane is as narrow as on a phone (300 px): 6.5 px for
 * a letter, 8 around it.
 */
const roomFor = (text: string): number => (text.length * 6.5 + 8) / 3;

function bar(o: Observation, look: Look): Markup {
  const from = Math.min(99.4, Math.max(0, look.axis.at(o.t0Ms)));
  const wide = Math.min(100 - from, Math.max(0.6, look.axis.at(o.tMs) - from));
  const failed = look.complaint(o) !== null;
  const kind = failed ? 'failed' : (BAR_CLASS[o.operation as NetworkOperation] ?? 'other');
  const name = failed ? `✗ ${word(o)}` : word(o);
  const title = `${word(o)}: ${failed ? 'failed after' : 'done in'} ${duration(tookMs(o))}, begun at ${duration(o.t0Ms)}`;
  return html`<rect class="b-${kind}" x="${from.toFixed(2)}%" width="${wide.toFixed(2)}%" y="1" height="18" rx="3"
      ><title>${title}</title></rect
    >${when(
      wide >= roomFor(name),
      () => html`<text class="t-${kind}" x="${(from + wide / 2).toFixed(2)}%" y="14">${name}</text>`,
    )}`;
}

function result(item: Row, look: Look): Markup {
  const took = (o: Observation): string => duration(tookMs(o));
  const failed = item.steps.find((o) => look.complaint(o) !== null);
  if (failed !== undefined) {
    const before = item.steps.filter((o) => look.complaint(o) === null).map((o) => `${word(o)} done in ${took(o)}, `);
    return html`<span class="hidden">${before}</span
      ><span class="fail">✗ ${word(failed)}: ${look.complaint(failed)}</span>`;
  }
  const [only] = item.steps;
  if (item.steps.length === 1 && only !== undefined) {
    const names = only.operation === 'resolve' || only.operation === 'dns_query';
    const said = isPlainNoData(only) ? `, ${describe(only)}` : '';
    return html`<span class="dim">${names ? '' : `${word(only)} `}${took(only)}${said}</span>`;
  }
  // `connect 24, TLS 84, HTTP 236 ms`: the unit once, as long as there is one.
  const parts = item.steps.map((o) => `${word(o)} ${took(o)}`);
  const brief = parts.every((part) => part.endsWith(' ms'))
    ? parts.map((part, i) => (i < parts.length - 1 ? part.replace(/ ms$/, '') : part))
    : parts;
  return html`<span class="dim">${brief.join(', ')}</span>`;
}

function row(item: Row, look: Look): Markup {
  return html`<li class="bar">
    <span class="what">${item.label}</span
    ><span class="lane"><svg aria-hidden="true" focusable="false">${item.steps.map((o) => bar(o, look))}</svg></span
    ><span class="end">${result(item, look)}</span>
  </li>`;
}

function group(item: Group, look: Look): Markup {
  const shown = item.rows.slice(0, ROWS_SHOWN);
  const more = item.rows.slice(ROWS_SHOWN);
  const troubled = more.filter(({ steps }) => steps.some((o) => look.complaint(o) !== null)).length;
  return html`<h3 class="grouphead">${item.title}</h3>
    <ul>
      ${shown.map((each) => row(each, look))}
    </ul>
    ${when(
      more.length > 0,
      () =>
        html`<details>
          <summary>
            ${count(more.length, 'more row')}${troubled > 0 ? `, ${troubled} of them with a failure` : ''}
          </summary>
          <div>
            <ul>
              ${more.map((each) => row(each, look))}
            </ul>
          </div>
        </details>`,
    )}`;
}

function legend(): Markup {
  const keys: readonly (readonly [string, string])[] = [
    ['resolve', 'resolve'],
    ['connect', 'connect'],
    ['proxy', 'proxy'],
    ['tls', 'TLS'],
    ['http', 'HTTP'],
    ['websocket', 'WebSocket'],
    ['mqtt', 'MQTT'],
  ];
  return html`<div class="legend">
    ${keys.map(
      ([name, title]) =>
        html`<span
          ><svg aria-hidden="true" focusable="false"><rect class="b-${name}" width="100%" height="100%" rx="3" /></svg
          >${title}</span
        >`,
    )}<span
      ><svg class="keyfailed" aria-hidden="true" focusable="false">
        <rect class="b-failed" x="1" y="1" width="20" height="11" rx="2" /></svg
      >failed, whatever the step</span
    >
  </div>`;
}

export function waterfall(report: Report): Markup {
  const groups = groupsOf(report);
  const axis = axisOf(report.observations.filter(isNetwork));
  const look: Look = { axis, complaint: complaints(report) };
  const ticks = [...axis.marks, axis.end].map(
    (ms, index) => html`<span class="tick at${index}">${duration(ms)}</span>`,
  );
  return html`<section class="card" aria-labelledby="h-time">
    <h2 id="h-time">Every step, on one time axis</h2>
    ${when(groups.length === 0, () => html`<p class="dim">No step on the network was taken.</p>`)}${when(
      groups.length > 0,
      () =>
        html`<div class="${axis.compressed ? 'falls squeezed' : 'falls'}">
          <div class="axis" aria-hidden="true"><span></span><span class="ticks">${ticks}</span><span></span></div>
          ${groups.map((each) => group(each, look))}${legend()}${when(axis.compressed, () => html`<p class="dim small">Hatched: from ${duration(axis.marks[3] ?? 0)} on, the axis is compressed.</p>`)}
        </div>`,
    )}
  </section>`;
}
