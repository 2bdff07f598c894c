/** Reading answers leniently, the way a person would: whose page is this? */
import { matchPage, matchRedirect, type Vendor } from '../../catalog/vendors.js';
import type { HttpAnswer } from '../../trace/attempts.js';

const MOST = 16_384;

export function bodyOf(answer: HttpAnswer): string {
  return (answer.operation === 'http_round_trip' ? answer.rawBody : answer.bodyExcerpt).slice(0, MOST);
}

export function header(headers: readonly (readonly [string, string])[], name: string): string | null {
  const wanted = name.toLowerCase();
  return headers.find(([key]) => key.toLowerCase() === wanted)?.[1] ?? null;
}

/** The service talks JSON: its documents and its errors alike. A chunk size may stand in front. */
function isJson(answer: HttpAnswer): boolean {
  return /^(?:[0-9a-fA-F]{1,8}[^\r\n]{0,64}\r\n)?\s*[{[]/u.test(bodyOf(answer).slice(0, 200));
}

function isHtml(answer: HttpAnswer): boolean {
  const type = header(answer.headers, 'content-type') ?? '';
  return (
    /\bhtml\b/iu.test(type.slice(0, 100)) ||
    /<(?:!doctype|html|head|body|title|meta)\b/iu.test(bodyOf(answer).slice(0, 2048))
  );
}

/** Text between the first title tags, at most 120 characters; null without one. */
export function titleOf(body: string): string | null {
  const start = body.search(/<title[\s>]/iu);
  if (start < 0) return null;
  const open = body.indexOf('>', start);
  const end = body.toLowerCase().indexOf('</title', open);
  if (open < 0 || end < 0) return null;
  const title = body
    .slice(open + 1, Math.min(end, open + 121))
    .replace(/\s+/gu, ' ')
    .trim();
  return title === '' ? null : title;
}

const BLOCK_WORDS =
  /\b(?:block(?:ed|page)|access (?:is )?denied|denied by|not (?:allowed|permitted)|forbidden by|web ?filter|content filter|url filter|restricted|prohibited|violat(?:es|ion)|polic(?:y|ies)|categor(?:y|ised|ized)|security gateway)\b/iu;
const LOGIN_WORDS =
  /\b(?:captive|portal|hotspot|log ?in|sign ?in|guest|wi-?fi|terms of (?:use|service)|accept (?:the )?terms|voucher|authenticat)/iu;

/** What redaction put in a value's place: words of ours, which say nothing about whose page it is. */
const STAND_IN = /\[hidden(?:: [a-z\d ]{1,40})?\]/giu;

export function vendorOf(answer: HttpAnswer): Vendor | null {
  return matchPage({ headers: answer.headers, title: titleOf(bodyOf(answer)), body: bodyOf(answer) });
}

/** A page of somebody who does not want this traffic, not an answer of the service. */
export function looksLikeBlockPage(answer: HttpAnswer): boolean {
  if (answer.status === null || isJson(answer)) return false;
  if (isFilterRedirect(answer)) return true;
  // Nobody on a direct way has a reason to ask for a proxy login.
  if (vendorOf(answer) !== null || answer.status === 407) return true;
  if (!isHtml(answer)) return false;
  return answer.status === 403 || answer.status === 451 || BLOCK_WORDS.test(text(answer));
}

export function looksLikeLogin(answer: HttpAnswer): boolean {
  if (answer.status === 511) return true;
  const location = header(answer.headers, 'location') ?? '';
  return (
    LOGIN_WORDS.test(location.slice(0, 500).replace(STAND_IN, '')) || (isHtml(answer) && LOGIN_WORDS.test(text(answer)))
  );
}

/** Title and the words of the beginning, without tags. */
function text(answer: HttpAnswer): string {
  const body = bodyOf(answer).slice(0, 8192).replace(STAND_IN, ' ');
  return `${titleOf(body) ?? ''} ${body.replace(/<[^>]{0,500}>/gu, ' ')}`;
}

/** Where a redirect leads: another host's name, or null. */
export function redirectHost(answer: HttpAnswer): string | null {
  if (answer.status === null || answer.status < 300 || answer.status > 399) return null;
  const location = header(answer.headers, 'location');
  const found =
    location === null
      ? null
      : /^[a-z]{2,10}:\/\/(?:[^/@]{0,200}@)?(\[[0-9a-f:.]{2,45}\]|[^/:?#]{1,253})/iu.exec(location.slice(0, 600));
  return found?.[1]?.toLowerCase() ?? null;
}

/** Words in the address of a block page, whoever made it. */
const BLOCK_URL =
  /(?:^https?:\/\/|[/.?&=_-])(?:block(?:ed|page|ing)?|urlblock|deny|denied|access-?denied|web-?filter|content-?filter|url-?filter|usercheck|forbidden|policy-?violation|restricted)(?=$|[/.?&=_:-])/iu;

/** A redirect to the page of a filter, to be told no or to sign in: a device that decides what may pass, not a hotel. */
export function isFilterRedirect(answer: HttpAnswer): boolean {
  return redirectHost(answer) !== null && leadsToFilter(header(answer.headers, 'location') ?? '');
}

/** @param location of a redirect to another host */
export function leadsToFilter(location: string): boolean {
  const cut = location.slice(0, 600);
  return matchRedirect(cut) !== null || BLOCK_URL.test(cut);
}

/** Two names under one registrable domain, as far as the last two labels tell. */
export function sameSite(a: string, b: string): boolean {
  const site = (name: string): string => name.split('.').slice(-2).join('.');
  return site(a) === site(b);
}
