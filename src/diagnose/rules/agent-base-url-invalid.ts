import { remedy } from '../remedies.js';
import { effect, factRule, where } from './agent-facts.js';

export const agentBaseUrlInvalid = factRule({
  id: 'agent.base_url_invalid',
  // The way there does not matter: what is at its end is another than meant.
  reach: 'beyond',
  title: (cause) => `The cloud URL in ${where(cause)} is one that the Agent misreads`,
  meaning: (cause) =>
    `The link takes only https://HOST or https://HOST:PORT: no other scheme or spelling, no user, no IPv6 address, and it ignores a path that the claim would use. ${effect(cause, '')}`.trim(),
  remedies: (_cause, ev) => [
    remedy('agent_config', 'Write the URL in its plain form.', {
      lines: [
        { file: `${ev.agent.installation.cloudDir}/cloud.conf`, text: '[global]\n    url = https://app.netdata.cloud' },
      ],
      command: 'sudo systemctl restart netdata',
      needsRestart: true,
    }),
  ],
});
