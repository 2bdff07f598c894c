import { remedy } from '../remedies.js';
import { hostList } from '../text.js';
import { calls, certificateRule, whoAnswers } from './tls-certificate.js';
import { isPublicCloud } from './tls-cases.js';

/** Signed by itself: nobody vouches for it. */
export const tlsSelfSigned = certificateRule({
  id: 'tls.self_signed',
  applies: (_one, errors) => errors.includes('DEPTH_ZERO_SELF_SIGNED_CERT'),
  title: (cause) => `The certificate shown for ${hostList(cause)} is self-signed`,
  why: (cause) => `${calls(cause, 'subjectName')} signed its own certificate; no other issuer stands behind it.`,
  remedies: (cause) =>
    cause.subject.hosts.some(isPublicCloud)
      ? [whoAnswers(cause)]
      : [
          remedy(
            'host',
            'If this is your own cloud: put its certificate into the system store, which the link uses, and into trusted.pem, which the claim uses; then start the Agent again.',
            {
              command: 'sudo update-ca-certificates; sudo systemctl restart netdata',
              needsRestart: true,
            },
          ),
        ],
});
