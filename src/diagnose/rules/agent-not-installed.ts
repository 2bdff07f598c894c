import { remedy } from '../remedies.js';
import type { Rule } from '../types.js';
import { hostFactIds } from './host-facts.js';

export const agentNotInstalled: Rule = {
  id: 'agent.not_installed',
  requires: ['read_config'],
  evaluate(ev) {
    const evidence = hostFactIds(ev, 'read_config', 'read_environment', 'read_host_network');
    if (ev.agent.installation.found || evidence.length === 0) return [];
    return [
      {
        subject: {},
        evidence,
        explains: [],
        tags: ['read'],
        cap: 'notes',
        data: { assumedVersion: ev.agent.version.value },
      },
    ];
  },
  describe(cause) {
    return {
      title: 'No Agent is installed on this host',
      why: `The verdict is about an Agent that would be installed here, with default settings, version ${String(cause.data['assumedVersion'])}.`,
      remedies: [
        remedy('agent_config', 'To check what the installer needs as well:', {
          command: 'netdata-egress doctor --for install,update',
        }),
      ],
    };
  },
};
