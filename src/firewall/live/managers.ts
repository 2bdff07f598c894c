/** Targets that this tool can apply and read back by itself. */
import { UsageError } from '../../model/errors.js';
import type { FirewallManager } from './manager.js';
import { firewalldManager } from './firewalld/manager.js';
import { iptablesManagers } from './iptables/manager.js';
import { nftablesManager } from './nftables/manager.js';
import { ufwManager } from './ufw/manager.js';

export const MANAGERS: readonly FirewallManager[] = [
  nftablesManager,
  ...iptablesManagers,
  ufwManager,
  firewalldManager,
];

/** Throws UsageError that lists the targets which can be applied. */
export function findManager(target: string): FirewallManager {
  const found = MANAGERS.find((manager) => manager.target === target);
  if (found !== undefined) return found;
  const ids = MANAGERS.map((manager) => manager.target).join(', ');
  throw new UsageError(`${target} cannot be applied from here, only rendered; this works for ${ids}`);
}
