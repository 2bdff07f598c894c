import { proxyToWrite, tellAgentProxy } from '../remedies.js';
import { effect, factRule } from './agent-facts.js';

export const agentEnvNotDaemons = factRule({
  id: 'agent.env_not_daemons',
  reach: 'direct',
  title: () => "The proxy variables of this shell are not in the Agent's environment",
  meaning: (cause) =>
    `The daemon is started by the service manager, with its own environment; what curl uses in this shell says nothing about it. ${effect(cause, 'The Agent goes direct, and that works.')}`,
  remedies: (_cause, ev) => [
    tellAgentProxy(ev.agent, proxyToWrite(ev), "Write the proxy into the Agent's own configuration."),
  ],
});
