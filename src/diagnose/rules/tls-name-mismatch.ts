import { hostList } from '../text.js';
import { calls, certificateRule, whoAnswers } from './tls-certificate.js';

/** A certificate for somebody else. */
export const tlsNameMismatch = certificateRule({
  id: 'tls.name_mismatch',
  applies: ({ tls }) => tls.nameMatches === false,
  title: (cause) => `The certificate shown for ${hostList(cause)} is for another name`,
  why: (cause) =>
    `It is for ${calls(cause, 'names')} (subject ${calls(cause, 'subjectName')}): another server answers at this address.`,
  remedies: (cause) => [whoAnswers(cause)],
});
