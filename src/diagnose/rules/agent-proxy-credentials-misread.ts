import { proxyToWrite, tellAgentProxy } from '../remedies.js';
import { effect, factRule, where } from './agent-facts.js';

export const agentProxyCredentialsMisread = factRule({
  id: 'agent.proxy_credentials_misread',
  reach: 'proxy',
  title: (cause) => `The Agent decodes other proxy credentials than the ones meant in ${where(cause)}`,
  meaning: (cause) =>
    `The link decodes percent signs and reads + as a space; a bare % cuts the value off, a bare @ ends the credentials. libcurl, which makes the claim, differs in + and %. ${effect(cause, '')}`.trim(),
  remedies: (_cause, ev) => [
    tellAgentProxy(
      ev.agent,
      proxyToWrite(ev),
      'Percent-encode user and password: @ as %40, : as %3A, / as %2F, % as %25, + as %2B, space as %20. Both legs read that alike.',
    ),
  ],
});
