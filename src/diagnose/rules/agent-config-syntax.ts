import { remedy } from '../remedies.js';
import { effect, factRule, where } from './agent-facts.js';

export const agentConfigSyntax = factRule({
  id: 'agent.config_syntax',
  reach: 'nothing',
  title: (cause) => `A line in ${where(cause)} is ignored or read otherwise than meant`,
  meaning: (cause) =>
    `The Agent's own ini dialect: sections in brackets first, "key = value", comments only with # at the beginning of a line, quotes are part of the value. ${effect(cause, '')}`.trim(),
  remedies: () => [
    remedy('agent_config', 'Correct the line; the doctor shows what each value becomes.', {
      command: 'netdata-egress config',
    }),
  ],
});
