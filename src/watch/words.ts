/** Changes and warnings as one line of plain English each. Foreign text is made harmless here. */
import { safeText } from '../report/escape.js';
import { LEG_WORDS, OUTCOME_WORDS } from '../report/words.js';
import type { Change, Warning } from './change.js';
import { organizationOf } from '../report/outside.js';

const safe = (text: string): string => safeText(text, 120);
const day = (iso: string): string => iso.slice(0, 10);

/** `90 s`, `5 min`, `3 h`, `2 days`. */
function span(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  if (minutes < 2) return `${String(Math.round(Math.abs(ms) / 1000))} s`;
  if (minutes < 120) return `${String(minutes)} min`;
  return minutes < 2880 ? `${String(Math.round(minutes / 60))} h` : `${String(Math.round(minutes / 1440))} days`;
}

export function routeWords(id: string): string {
  return id === 'direct' ? 'directly, without a proxy' : `by ${safe(id)}`;
}

export function changeText(change: Change): string {
  switch (change.kind) {
    case 'started':
      return change.unwatchedMs === null
        ? 'watching began'
        : `watching began again; nobody watched for ${span(change.unwatchedMs)}`;
    case 'verdict': {
      const cause = change.cause === null ? '' : ` (${change.cause})`;
      return `${change.what} ${OUTCOME_WORDS[change.after]}${cause}`;
    }
    case 'cause':
      return change.after === null ? `the cause ${change.before ?? ''} is gone` : `another cause: ${change.after}`;
    case 'address_new': {
      const kind = {
        known: 'a published address',
        new_proven: 'not a published address, its certificate is genuine',
        private: 'a private address',
        sinkhole: 'an address of this host',
        unproven: 'not a published address',
      };
      const judged = change.class === null ? '' : `, ${kind[change.class]}`;
      return `${safe(change.host)} has the new address ${safe(change.address)}${judged}`;
    }
    case 'address_gone':
      return `${safe(change.host)} no longer has the address ${safe(change.address)}`;
    case 'issuer': {
      const trust = change.trusted === false ? ', which is not publicly trusted' : '';
      return `another issuer signs ${safe(change.host)}: ${safe(organizationOf(change.after))}${trust} (before: ${safe(organizationOf(change.before))})`;
    }
    case 'certificate':
      return `${safe(change.host)} shows another certificate, valid until ${day(change.after)} (before: ${day(change.before)})`;
    case 'route':
      return `${LEG_WORDS[change.leg].does} goes ${routeWords(change.after)} (before: ${routeWords(change.before)})`;
    case 'resolvers':
      return `this host asks other resolvers: ${safe(change.after.join(', ')) || 'none'} (before: ${safe(change.before.join(', ')) || 'none'})`;
    case 'egress':
      return `this host is seen outside as ${safe(change.after)} (before: ${safe(change.before)})`;
    case 'latency':
      return `${LEG_WORDS[change.leg].does} takes ${String(change.afterMs)} ms (before: ${String(change.beforeMs)} ms)`;
    case 'agent_status':
      return `the Agent says of its link: ${safe(change.after)} (before: ${safe(change.before)})`;
    case 'clock':
      return `this host's clock jumped ${change.byMs < 0 ? 'back' : 'forward'} by ${span(change.byMs)}, or the host slept`;
    default:
      return `${change.raised ? 'warning' : 'no longer'}: ${warningText(change.warning)}`;
  }
}

export function warningText(warning: Warning): string {
  switch (warning.kind) {
    case 'certificate_expires':
      return `the certificate of ${safe(warning.host)} ends on ${day(warning.notAfter)}`;
    case 'address_outside_rules':
      return `${safe(warning.host)} resolves to ${safe(warning.address)}, which the loaded rules do not let through; see netdata-egress rules status`;
    case 'first_address_silent':
      return `the first address of ${safe(warning.host)}, ${safe(warning.address)}, is silent; later ones answer`;
    default:
      return "the Agent's own link comes and goes";
  }
}
