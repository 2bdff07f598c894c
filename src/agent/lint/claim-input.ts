/**
 * What somebody is about to claim with (docs/reference/agent.md#claim-inputs, #kickstart, #t30, #t31): looked at, never
 * shown, never sent.
 */
import type { ClaimInput } from '../claim-settings.js';
import { CLAIM_LEG, claimIsOpen } from './context.js';
import type { FactDraft, LintContext } from './context.js';
import type { Setting } from '../setting.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const UUIDS_IN_ONE = /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12} ?){2,}$/i;

/** Tokens are 135 characters as issued; anything below this is not one. */
const MIN_TOKEN = 40;

interface Oddity {
  readonly kind: string;
  readonly text: string;
}

/** What is wrong with a token, without any of it in the words. */
export function tokenOddity(token: string): Oddity | null {
  if (/[\r\n]/.test(token)) {
    return {
      kind: 'token_line_end',
      text: 'the token ends with a line end, which is sent as a part of it: write the file without one',
    };
  }
  if (/^\s|\s$/.test(token))
    return {
      kind: 'token_space',
      text: 'the token has a space at its beginning or end, which is sent as a part of it',
    };
  if (/^(["']).*\1$/.test(token))
    return { kind: 'token_quotes', text: 'the token stands in quotes, which are sent as a part of it' };
  if (/[<>{}$%]|your|token|changeme|x{6}/i.test(token) && token.length < MIN_TOKEN * 2) {
    return { kind: 'token_placeholder', text: 'the token is a placeholder, not a token' };
  }
  if (!/^[A-Za-z0-9_-]+$/.test(token))
    return { kind: 'token_characters', text: 'the token holds characters that no token has' };
  if (UUID.test(token))
    return { kind: 'token_uuid', text: 'the token looks like the id of a room or node, not like a token' };
  if (token.length < MIN_TOKEN)
    return { kind: 'token_short', text: `the token has ${String(token.length)} characters; tokens are much longer` };
  return null;
}

/** What is wrong with a list of rooms. */
export function roomsOddity(rooms: string): Oddity | null {
  const items = rooms
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  for (const item of items) {
    if (/^[0-9a-f-]{72,}$/i.test(item) && UUIDS_IN_ONE.test(item.replace(/(.{36})(?=.)/g, '$1 '))) {
      return {
        kind: 'rooms_merged',
        text: 'the rooms are glued together without commas (the install script deletes the commas of --claim-rooms): put them back',
      };
    }
    if (!UUID.test(item))
      return { kind: 'rooms_shape', text: 'a room is not an id of the form 8-4-4-4-12: claiming will be refused' };
  }
  return null;
}

function draft(setting: Setting, oddity: Oddity | null): FactDraft[] {
  if (oddity === null) return [];
  return [
    {
      finding: 'agent.claim_input_invalid',
      kind: oddity.kind,
      effect: 'blocks',
      source: setting.source,
      text: oddity.text,
      legs: CLAIM_LEG,
      data: { characters: setting.value.length },
    },
  ];
}

function input({ token, rooms }: ClaimInput): FactDraft[] {
  return [
    ...(token === null || token.value === '' ? [] : draft(token, tokenOddity(token.value))),
    ...(rooms === null || rooms.value.trim() === '' ? [] : draft(rooms, roomsOddity(rooms.value))),
  ];
}

/** A claim.conf that will not be used for want of a token, while somebody filled in the rest. */
function withoutToken(context: LintContext): FactDraft[] {
  const { claim } = context.settings;
  if (claim.kind !== 'claim.conf' || claim.complete || !claim.present) return [];
  // A proxy that has no effect for want of a token is told of as such.
  if (claim.proxy.source.kind === 'file' && !['', 'none', 'env'].includes(claim.proxy.value)) return [];
  const source = claim.token?.source ?? {
    kind: 'file' as const,
    name: context.settings.files.claimConf.path,
    line: null,
  };
  return [
    {
      finding: 'agent.config_syntax',
      kind: 'no_token',
      effect: 'note',
      source,
      text: 'there is no token: the Agent will not claim from this file',
      legs: CLAIM_LEG,
    },
  ];
}

export function lintClaimInput(context: LintContext): FactDraft[] {
  if (!claimIsOpen(context)) return [];
  const inEffect = context.settings.inputs.filter(({ complete }) => complete);
  return [...inEffect.flatMap(input), ...withoutToken(context)];
}
