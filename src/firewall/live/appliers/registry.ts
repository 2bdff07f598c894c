/** Targets that this tool can apply and read back by itself. */
import { UsageError } from '../../../model/errors.js';
import type { Applier } from '../applier.js';
import { firewalldApplier } from './firewalld.js';
import { iptablesAppliers } from './iptables.js';
import { nftablesApplier } from './nftables.js';
import { ufwApplier } from './ufw.js';

export const APPLIERS: readonly Applier[] = [nftablesApplier, ...iptablesAppliers, ufwApplier, firewalldApplier];

/** Throws UsageError that lists the targets which can be applied. */
export function findApplier(target: string): Applier {
  const found = APPLIERS.find((applier) => applier.target === target);
  if (found !== undefined) return found;
  const ids = APPLIERS.map((applier) => applier.target).join(', ');
  throw new UsageError(`${target} cannot be applied from here, only rendered; this works for ${ids}`);
}
