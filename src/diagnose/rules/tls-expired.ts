import { remedy } from '../remedies.js';
import { hostList } from '../text.js';
import { calls, certificateRule, day, whoAnswers } from './tls-certificate.js';

/** Past its end, by a clock that is right. */
export const tlsExpired = certificateRule({
  id: 'tls.expired',
  applies: (_one, errors) => errors.includes('CERT_HAS_EXPIRED'),
  title: (cause) => `The certificate shown for ${hostList(cause)} has expired`,
  why: (cause) =>
    `It was valid until ${day(cause, 'notAfter')}, signed by ${calls(cause, 'issuer')}. ` +
    (cause.tags.has('genuine_date')
      ? "This host's clock agrees with the genuine cloud, so it is the certificate."
      : "This host's clock could not be compared with a genuine one."),
  remedies: (cause) => [
    whoAnswers(cause),
    remedy('host', "Make sure that this host's clock is right.", { command: 'timedatectl' }),
  ],
});
