/** What stops the Agent's user, or its unit, where the doctor ran as another and got through. */
import type { LocalFirewallRule, ReadLocalFirewallObservation } from '../../model/observation.js';
import type { Evidence } from '../evidence.js';
import type { Draft } from '../rule.js';

type Stopped = Pick<Draft, 'subject' | 'evidence' | 'explains' | 'condemns'> & {
  readonly rule: LocalFirewallRule;
  readonly read: ReadLocalFirewallObservation;
};

export function stoppedForAgent(ev: Evidence, counts: (read: ReadLocalFirewallObservation) => boolean): Stopped | null {
  const prober = ev.input.environment.uid;
  const agent = ev.agent.process?.uid ?? null;
  for (const read of ev.firewalls.filter(counts)) {
    for (const rule of read.rules) {
      if (rule.matches !== true || rule.action === 'other') continue;
      const stopped = (rule.flows ?? []).filter(
        ({ uid, unit }) => unit !== undefined || (uid !== null && uid !== prober && (agent ?? uid) === uid),
      );
      const before =
        rule.flows === undefined && agent !== null && agent !== prober && rule.owner === `uid ${String(agent)}`;
      const reached = ev.path.filter(({ connect }) => connect !== null && connect.failure === null);
      const stuck = reached.filter(
        ({ connect }) =>
          before || stopped.some(({ address, port }) => connect?.address === address && connect.port === port),
      );
      const hosts = new Set(stuck.map(({ host }) => host));
      // An address that is not stopped is a way for the Agent.
      for (const { host, connect } of reached) if (!stuck.some((one) => one.connect === connect)) hosts.delete(host);
      const needs = ev.needs.filter(({ leg, target }) => leg !== null && (before || hosts.has(target.host)));
      const legs = needs.flatMap(({ leg }) => (leg === null ? [] : [leg]));
      if (legs.length === 0) continue;
      return {
        subject: { legs, hosts: needs.map(({ target }) => target.host) },
        evidence: [read.id],
        explains: [],
        condemns: legs,
        rule,
        read,
      };
    }
  }
  return null;
}
