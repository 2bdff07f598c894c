import { proxyToWrite, tellAgentProxy } from '../remedies.js';
import { effect, factRule, where } from './agent-facts.js';

export const agentProxyPortMissing = factRule({
  id: 'agent.proxy_port_missing',
  reach: 'proxy',
  title: (cause) => `The proxy in ${where(cause)} has no port, and the legs assume different ones`,
  meaning: (cause) =>
    `Without a port the link takes 8080, the claim 1080 (for http:// proxies). ${effect(cause, 'Only one of them can be right.')}`,
  remedies: (_cause, ev) => [tellAgentProxy(ev.agent, proxyToWrite(ev), 'Write the port, always.')],
});
