/**
 * What the configuration alone can tell (the agent.* findings of the catalogue). Pure. A fact is stated only where a
 * leg in effect really reads the value.
 */
import type { ConfigFact } from '../model/agent.js';
import { lintClaimInput } from './lint/claim-input.js';
import { factOf } from './lint/context.js';
import type { LintContext } from './lint/context.js';
import { lintDamaged } from './lint/damaged.js';
import { lintMisplaced } from './lint/misplaced.js';
import { lintPlace } from './lint/place.js';
import { lintProxies } from './lint/proxies.js';
import { lintState } from './lint/state.js';
import { lintSyntax } from './lint/syntax.js';
import { lintTrust } from './lint/trust.js';
import { lintUrls } from './lint/urls.js';

export type { LintContext } from './lint/context.js';

export function lint(context: LintContext): readonly ConfigFact[] {
  const drafts = [
    ...lintState(context),
    ...lintPlace(context),
    ...lintUrls(context),
    ...lintProxies(context),
    ...lintTrust(context),
    ...lintSyntax(context),
    ...lintClaimInput(context),
    ...lintMisplaced(context),
    ...lintDamaged(context),
  ];
  return drafts.map((draft) => factOf(context, draft));
}
