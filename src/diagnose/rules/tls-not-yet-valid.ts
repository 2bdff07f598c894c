import { remedy } from '../remedies.js';
import { hostList } from '../text.js';
import { calls, certificateRule, day, whoAnswers } from './tls-certificate.js';

/** Before its beginning, by a clock that is right. */
export const tlsNotYetValid = certificateRule({
  id: 'tls.not_yet_valid',
  applies: (_one, errors) => errors.includes('CERT_NOT_YET_VALID'),
  title: (cause) => `The certificate shown for ${hostList(cause)} is not valid yet`,
  why: (cause) =>
    `It is valid from ${day(cause, 'notBefore')} on, signed by ${calls(cause, 'issuer')}. ` +
    (cause.tags.has('genuine_date')
      ? "This host's clock agrees with the genuine cloud, so it is the certificate: an inspecting device with a wrong clock makes such ones."
      : "This host's clock could not be compared with a genuine one."),
  remedies: (cause) => [
    remedy('host', "Make sure that this host's clock is right.", { command: 'timedatectl' }),
    whoAnswers(cause),
  ],
});
