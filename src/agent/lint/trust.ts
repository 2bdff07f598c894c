/**
 * Certificates that one side trusts and the other does not, and an `insecure` that does less than hoped
 * (docs/reference/agent.md#t5, #t6).
 */
import type { SwitchSetting } from '../setting.js';
import { CLAIM_LEG, ENVIRONMENT, LINK_LEGS, claimIsOpen } from './context.js';
import type { FactDraft, LintContext } from './context.js';

function onlyIn(context: LintContext, here: string, there: string): number {
  const of = (id: string): ReadonlySet<string> =>
    new Set(context.trust.stores.find(({ facts }) => facts.id === id)?.certificates ?? []);
  const other = of(there);
  return [...of(here)].filter((certificate) => !other.has(certificate)).length;
}

function trustSplit(context: LintContext): FactDraft[] {
  const { claimOwnFile, replacedByVariable } = context.trust;
  const drafts: FactDraft[] = [];
  if (claimOwnFile.state === 'file' && claimIsOpen(context)) {
    const count = onlyIn(context, 'trusted_pem', 'link');
    if (count > 0) {
      drafts.push({
        finding: 'agent.trust_split',
        kind: 'claim_only',
        effect: 'note',
        source: { kind: 'file', name: claimOwnFile.path, line: null },
        text: `${claimOwnFile.path} is for the claim only, and takes the place of the system's bundle there; ${String(count)} of its certificates ${count > 1 ? 'are' : 'is'} not in the store of the link`,
        legs: LINK_LEGS,
        data: { certificates: count },
      });
    }
  }
  if (claimOwnFile.unreadable !== undefined && claimIsOpen(context)) {
    drafts.push({
      finding: 'agent.trust_split',
      kind: 'own_file_unreadable',
      effect: 'value',
      source: { kind: 'file', name: claimOwnFile.unreadable, line: null },
      text: `${claimOwnFile.unreadable} may not be read by the Agent's user ${context.key.user}: the claim does without it`,
      legs: CLAIM_LEG,
    });
  }
  if (replacedByVariable.length > 0) {
    const count = onlyIn(context, 'link', 'claim');
    const names = replacedByVariable.join(' and ');
    if (count > 0) {
      drafts.push({
        finding: 'agent.trust_split',
        kind: 'link_only',
        effect: 'note',
        source: ENVIRONMENT,
        text: `${names} changes what the link trusts, the claim does not look at it; ${String(count)} certificate${count > 1 ? 's are' : ' is'} known to the link only`,
        legs: CLAIM_LEG,
        data: { certificates: count },
      });
    }
  }
  return drafts;
}

/** Words that people write for "yes" and that the Agent takes for "no". */
const MEANT_AS_YES = /^["']?(1|y|enabled?|allow|si|ja|oui|yes|true|on)\b/i;

function notReadAsYes(insecure: SwitchSetting, side: 'claim' | 'link'): FactDraft[] {
  if (insecure.on || insecure.raw === null || insecure.source.kind !== 'file' || !MEANT_AS_YES.test(insecure.raw))
    return [];
  return [
    {
      finding: 'agent.insecure_ineffective',
      kind: 'not_read_as_yes',
      effect: 'value',
      source: insecure.source,
      text: 'this value of `insecure` is read as no: only yes, true, on, auto and "on demand" mean yes',
      legs: side === 'claim' ? CLAIM_LEG : LINK_LEGS,
    },
  ];
}

function insecureHelpsLittle(context: LintContext): FactDraft[] {
  const { link } = context.settings;
  if (!link.insecure.on) return [];
  const honoured = context.rules.linkHonoursInsecure;
  return [
    {
      finding: 'agent.insecure_ineffective',
      kind: honoured ? 'link_self_signed_only' : 'link_ignores_it',
      effect: 'note',
      source: link.insecure.source,
      text: honoured
        ? '`insecure` makes the claim accept any certificate, but the link only a bare self-signed one: it does not help against an inspecting proxy'
        : 'this version honours `insecure` for the claim only; the link verifies certificates all the same',
      legs: LINK_LEGS,
    },
  ];
}

function insecureFromEnvironment(context: LintContext): FactDraft[] {
  const { environment, rules, settings } = context;
  if (!claimIsOpen(context) || !rules.claimsByItself) return [];
  const options = environment.variables.get('NETDATA_EXTRA_CLAIM_OPTS') ?? '';
  const base = { finding: 'agent.insecure_ineffective', source: ENVIRONMENT, legs: CLAIM_LEG } as const;
  const drafts: FactDraft[] = [];
  if ((environment.variables.get('NETDATA_CLAIM_INSECURE') ?? '') !== '') {
    drafts.push({
      ...base,
      kind: 'variable_not_read',
      effect: 'value',
      text: 'the daemon does not read NETDATA_CLAIM_INSECURE; NETDATA_EXTRA_CLAIM_OPTS=-insecure is what it looks for',
    });
  }
  if (options !== '' && rules.extraOptsInsecure === 'without_the_word' && settings.claim.kind === 'environment') {
    const says = options.includes('-insecure');
    drafts.push({
      ...base,
      kind: 'options_inverted',
      effect: 'value',
      text: says
        ? 'this version reads NETDATA_EXTRA_CLAIM_OPTS the wrong way round: with -insecure in it, certificates are verified'
        : 'this version reads NETDATA_EXTRA_CLAIM_OPTS the wrong way round: because -insecure is not in it, certificates are not verified',
    });
  }
  return drafts;
}

export function lintTrust(context: LintContext): FactDraft[] {
  const { claim, link } = context.settings;
  const open = claimIsOpen(context);
  const same = claim.insecure.source === link.insecure.source;
  return [
    ...trustSplit(context),
    ...(open ? notReadAsYes(claim.insecure, 'claim') : []),
    ...(open && same ? [] : notReadAsYes(link.insecure, 'link')),
    ...insecureHelpsLittle(context),
    ...insecureFromEnvironment(context),
  ];
}
