/** Findings made of configuration facts: what the lint saw, weighed by what happened on the legs it concerns. */
import type { ConfigFact } from '../../model/agent.js';
import type { Remedy } from '../../model/finding.js';
import type { Leg } from '../../model/route.js';
import { certain } from '../confidence.js';
import type { Evidence } from '../evidence.js';
import { list, sentence, type Sentences, stepNames } from '../text.js';
import { defineRule, type Cause, type Draft, type FindingRule } from '../rule.js';
import { isSinkhole } from './sinkholes.js';

/**
 * What a fact can be blamed for: `direct` = everything that fails on its legs that go out directly, because they were
 * not meant to; `proxy` = what fails at the proxy; `route` = both; `beyond` = what fails on direct legs or behind a proxy; `nothing` = no failure of the network. A fact whose effect is
 * `blocks` condemns its legs by itself.
 */
type Reach = 'direct' | 'proxy' | 'route' | 'beyond' | 'nothing';

/** What went wrong on a leg. */
export interface Sighting {
  readonly leg: Leg;
  readonly ids: readonly string[];
}

export interface FactWords<Id extends string> extends Pick<FindingRule<Id>, 'id' | 'title' | 'cap'> {
  readonly reach: Reach | ((fact: ConfigFact) => Reach);
  /** Failures of other legs that the fact is the cause of, too. */
  readonly alsoExplains?: (fact: ConfigFact, ev: Evidence) => readonly Sighting[];
  readonly headline: (cause: Cause) => string;
  /** Said after the facts themselves. */
  readonly meaning: (cause: Cause, ev: Evidence) => string | Sentences;
  readonly remedies: (cause: Cause, ev: Evidence) => readonly Remedy[];
}

export function factRule<const Id extends string>(words: FactWords<Id>): FindingRule<Id> {
  return defineRule({
    id: words.id,
    title: words.title,
    blames: 'agent_config',
    confidence: [certain('read')],
    ...(words.cap === undefined ? {} : { cap: words.cap }),
    requires: ['read_config', 'read_environment'],
    evaluate(ev) {
      return ev.agent.facts
        .filter(({ finding, observation }) => finding === words.id && ev.byId.has(observation))
        .map((fact): Draft => {
          const reach = typeof words.reach === 'function' ? words.reach(fact) : words.reach;
          const own = blamedFor(fact, reach, ev);
          const others = words.alsoExplains?.(fact, ev) ?? [];
          const explains = [...own, ...others.flatMap(({ ids }) => ids)];
          const legs = others.length > 0 && own.length === 0 ? others.map(({ leg }) => leg) : fact.legs;
          const condemns = fact.data['effect'] === 'blocks' ? fact.legs : [];
          return {
            subject: { legs, file: fact.file, hosts: hostsOf(legs, ev) },
            evidence: [fact.observation, ...explains],
            explains,
            tags: explains.length > 0 ? ['read', 'seen_failing'] : ['read'],
            ...(condemns.length > 0 ? { condemns } : {}),
            data: { ...fact.data, facts: [fact.text], files: fact.file === null ? [] : [fileName(fact)] },
          };
        });
    },
    describe(cause, ev) {
      const facts = (cause.data['facts'] as readonly string[] | undefined) ?? [];
      const title = words.headline(cause);
      const isTitle = (text: string): boolean => asSentence(text) === asSentence(title);
      const said = facts.filter((text) => !isTitle(text)).slice(0, 4);
      return {
        title,
        why: sentence(...said.map(asSentence), words.meaning(cause, ev)),
        remedies: words.remedies(cause, ev),
      };
    },
  });
}

function blamedFor({ legs, data }: ConfigFact, reach: Reach, ev: Evidence): readonly string[] {
  // What is merely good to know makes nothing fail.
  if (reach === 'nothing' || data['effect'] === 'note') return [];
  const failing = legs.filter((leg) => ev.prediction(leg)?.outcome === 'will_fail');
  return failing.flatMap((leg) => {
    if (isDirect(leg, ev)) return reach === 'proxy' || !isShut(leg, ev) ? [] : ev.troubles([leg]);
    if (reach === 'beyond') return ev.troubles([leg]).filter((id) => !isAtProxy(id, ev) || isPortZero(leg, id, ev));
    return reach === 'direct' ? [] : ev.troubles([leg]).filter((id) => isAtProxy(id, ev));
  });
}

/** Asked for port 0, a proxy has no other answer than a refusal; but for its own login. */
function isPortZero(leg: Leg, id: string, ev: Evidence): boolean {
  const seen = ev.byId.get(id);
  return ev.agent.legs[leg].port === 0 && seen?.operation === 'proxy_connect' && seen.status !== 407;
}

/**
 * Whether it is the direct way as such that fails. A name that is sunk or denied while other names lead out directly has
 * a cause of its own, unless another way at hand gets there.
 */
function isShut(leg: Leg, ev: Evidence): boolean {
  const { host } = ev.agent.legs[leg];
  const lookup = ev.dns.resolved.get(host);
  const isDenied =
    lookup !== undefined &&
    (lookup.failure !== null || lookup.addresses.every(({ address }) => isSinkhole(host, address, ev)));
  const isOpen = ev.predictions.some((other) => other.outcome !== 'will_fail' && isDirect(other.leg, ev));
  if (!isDenied || !isOpen) return true;
  return ev.alternatives(host).some(({ steps }) => steps.every(({ failure }) => failure === null));
}

function isDirect(leg: Leg, ev: Evidence): boolean {
  return ev.agent.legs[leg].routeId === 'direct';
}

export function isAtProxy(id: string, ev: Evidence): boolean {
  const seen = ev.byId.get(id);
  return (
    seen?.operation === 'resolve' ||
    seen?.operation === 'proxy_connect' ||
    (seen?.operation === 'connect' && seen.peer === 'proxy')
  );
}

function hostsOf(legs: readonly Leg[], ev: Evidence): readonly string[] {
  return [...new Set(legs.map((leg) => ev.agent.legs[leg].host))];
}

function fileName({ file }: ConfigFact): string {
  return file === null ? '' : file.line === null ? file.path : `${file.path}:${String(file.line)}`;
}

/** Facts are clauses; findings speak in sentences. */
export function asSentence(text: string): string {
  const begun = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return /[.!?]$/u.test(begun) ? begun : `${begun}.`;
}

/** Where it stands, for a sentence or a heading. */
export function where(cause: Cause): string {
  const files = (cause.data['files'] as readonly string[] | undefined) ?? [];
  return files.length === 0 ? 'the configuration' : list(files);
}

/** What the blocked legs would have needed. */
export function effect(cause: Cause, otherwise: string): string {
  return cause.severity === 'blocks'
    ? `That is why ${stepNames(cause.subject.legs)} ${cause.subject.legs.length === 1 ? 'fails' : 'fail'} here.`
    : otherwise;
}
