/** Whole rulesets as hosts have them, each loaded with the program that it is written for. */
import { must } from './exec.js';

export interface Rulesets {
  /** For `ipset restore`; loaded first. */
  readonly ipset?: string;
  /** For `nft -f`. */
  readonly nft?: string;
  /** For `iptables-restore --noflush`. */
  readonly iptables?: string;
  readonly ip6tables?: string;
  /** Of iptables and ip6tables; default `nft`. */
  readonly backend?: 'nft' | 'legacy';
}

export async function loadRulesets(
  namespace: string,
  { ipset, nft, iptables, ip6tables, backend = 'nft' }: Rulesets,
): Promise<void> {
  const load = async (text: string | undefined, program: string, ...args: readonly string[]): Promise<void> => {
    if (text !== undefined) await must('ip', ['netns', 'exec', namespace, program, ...args], { input: text });
  };
  await load(ipset, 'ipset', 'restore');
  await load(nft, 'nft', '-f', '-');
  await load(iptables, `iptables-${backend}-restore`, '--noflush');
  await load(ip6tables, `ip6tables-${backend}-restore`, '--noflush');
}
