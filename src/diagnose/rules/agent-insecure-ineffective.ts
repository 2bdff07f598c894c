import { remedy } from '../remedies.js';
import { factRule, where } from './agent-facts.js';

export const agentInsecureIneffective = factRule({
  id: 'agent.insecure_ineffective',
  reach: 'nothing',
  title: (cause) => `insecure in ${where(cause)} does not do what is hoped`,
  meaning: () =>
    'It is true only for yes, true, on, auto or "on demand" (1 is false). On the claim it accepts everything; on the link it accepts a self-signed certificate and nothing else, so it does not help against TLS inspection.',
  remedies: () => [
    remedy(
      'agent_config',
      'Leave insecure out. Against inspection: an exemption, or the root certificate of the inspection in the system store.',
    ),
  ],
});
