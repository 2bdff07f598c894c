import { describe, expect, it } from 'vitest';
import { readEnvEndpoints } from '../../../../src/agent/predict.js';
import { ENV_ANSWER, ENV_DOCUMENT, htmlAnswer, jsonAnswer } from '../../../helpers/observations.js';

const read = (document: string) => {
  const { head, body } = jsonAnswer('200 OK', document);
  return readEnvEndpoints(head, body);
};

describe('the hosts that /env names', () => {
  it('reads them', () => {
    expect(readEnvEndpoints(ENV_ANSWER.head, ENV_ANSWER.body)).toEqual({
      auth: { host: 'api.netdata.cloud', port: 443, path: '/agents/v1' },
      link: { host: 'mqtt.netdata.cloud', port: 443, path: '/mqtt' },
    });
  });

  it('reads them also where the Agent would trip over the head, so that they can be looked at', () => {
    const head = 'HTTP/1.0 200 OK\r\nX:y\r\n\r\n';
    expect(readEnvEndpoints(head, ENV_DOCUMENT)?.link?.host).toBe('mqtt.netdata.cloud');
  });

  it('knows no port for wss (trap T25) and nowhere to connect without one', () => {
    expect(read(ENV_DOCUMENT.replace('mqtt.netdata.cloud:443', 'mqtt.netdata.cloud'))?.link).toBeNull();
    expect(read(ENV_DOCUMENT.replace('https://api', 'https://u:p@api'))?.auth).toBeNull();
  });

  it('finds none in a page', () => {
    const { head, body } = htmlAnswer('200 OK');
    expect(readEnvEndpoints(head, body)).toBeNull();
  });
});
