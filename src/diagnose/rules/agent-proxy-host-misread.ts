import { proxyToWrite, tellAgentProxy } from '../remedies.js';
import { effect, factRule, where } from './agent-facts.js';

export const agentProxyHostMisread = factRule({
  id: 'agent.proxy_host_misread',
  reach: 'proxy',
  title: (cause) => `The Agent reads another proxy host than the one meant in ${where(cause)}`,
  meaning: (cause) =>
    `The link cuts the host at the first colon (so an IPv6 address in brackets is lost), keeps a slash behind a host without a port, and splits user from host at the first @. ${effect(cause, '')}`.trim(),
  remedies: (_cause, ev) => [
    tellAgentProxy(
      ev.agent,
      proxyToWrite(ev),
      'Write host name and port, nothing behind the port; use a name instead of an IPv6 address; write @ in a password as %40.',
    ),
  ],
});
