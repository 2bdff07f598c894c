/** Whose Agent was judged: others on this host, and others in namespaces of their own. */
import { certain } from '../confidence.js';
import { remedy } from '../remedies.js';
import { defineRule } from '../rule.js';
import { sentence } from '../text.js';
import { asSentence, factRule } from './agent-facts.js';

/** A number that may stand in a command. */
const pidOf = (value: unknown): string => (typeof value === 'number' ? String(value) : 'PID');

export const agentInContainer = defineRule({
  id: 'agent.in_container',
  title: 'An Agent runs in a container or in another namespace',
  blames: 'host',
  confidence: [certain('read')],
  requires: ['read_environment'],
  evaluate(ev) {
    return ev.agent.facts
      .filter(({ finding, observation }) => finding === 'agent.in_container' && ev.byId.has(observation))
      .map((fact) => ({
        subject: {},
        evidence: [fact.observation],
        explains: [],
        tags: ['read' as const],
        key: String(fact.data['pid']),
        // With no Agent of its own this host is not what the user asks about.
        ...(fact.data['alone'] === true ? { floor: 'risks' as const } : { cap: 'notes' as const }),
        data: { ...fact.data, facts: [fact.text] },
      }));
  },
  describe(cause) {
    const pid = pidOf(cause.data['pid']);
    const facts = (cause.data['facts'] as readonly string[] | undefined) ?? [];
    const isContainer = cause.data['kind'] === 'container';
    const what = isContainer ? 'in a container' : 'in another namespace';
    return {
      title:
        cause.data['alone'] === true
          ? `The Agent of this host runs ${what} (process ${pid}) and was not judged`
          : `Another Agent runs ${what} (process ${pid})`,
      why: sentence(
        ...facts.map(asSentence),
        "This run used the network of this shell, and none of that Agent's settings.",
      ),
      remedies: [
        remedy('host', 'Judge that Agent with its own network, files and environment.', {
          command: `sudo netdata-egress doctor --pid ${pid}`,
        }),
      ],
    };
  },
});

/** Both are named; the one that runs was judged. */
export const agentTwoInstallations = factRule({
  id: 'agent.two_installations',
  title: 'Two Agents are installed on this host',
  reach: 'nothing',
  cap: 'notes',
  headline: ({ data }) =>
    data['kind'] === 'two_running'
      ? 'Two Agents run on this host'
      : data['kind'] === 'other_is_claimed'
        ? 'Another Agent on this host is the claimed one'
        : 'Two Agents are installed on this host',
  meaning: () => 'Each has its own files, claim and link; a change to one does nothing to the other.',
  remedies: ({ data }) => [
    typeof data['pid'] === 'number'
      ? remedy('host', 'Judge the other Agent.', { command: `sudo netdata-egress doctor --pid ${pidOf(data['pid'])}` })
      : remedy('host', 'Remove the one that should not run. To judge the other one, name its directories.', {
          command: `sudo netdata-egress doctor --config-dir ${directory(data['other'])} --lib-dir ${directory(data['otherLib'])}`,
        }),
  ],
});

/** A plain path may stand in a command line; nothing else. */
function directory(path: unknown): string {
  return typeof path === 'string' && /^\/[\w./-]{1,200}$/.test(path) ? path : 'DIRECTORY';
}
