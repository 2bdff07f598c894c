import { member, readJson, stringMember } from './json.js';
import { refused, type Refused } from './result.js';

type ErrorDocumentRule = 'error.not_json' | 'error.not_object' | 'error.key_missing';

export type ErrorDocument =
  | {
      readonly ok: true;
      readonly errorCode: string;
      readonly errorMsgKey: string;
      readonly errorMessage: string;
      /** True: the Agent counts as banned until it is restarted or reloaded. */
      readonly nonRetryable: boolean;
      /** Seconds until the next attempt, exactly; null = the Agent's own backoff. */
      readonly retryDelaySeconds: number | null;
    }
  | Refused<ErrorDocumentRule>;

/**
 * Reads the body of a refusing answer of the service (docs/reference/agent.md#error-document). Only the service's own
 * API answers in this form. A wrongly typed optional key makes the Agent ignore both optional ones.
 */
export function parseErrorDocument(body: string): ErrorDocument {
  const json = readJson(body);
  if (json === null) return refused('error.not_json', body);
  if (json.type !== 'object') return refused('error.not_object', body);
  const errorCode = stringMember(json, 'errorCode');
  const errorMsgKey = stringMember(json, 'errorMsgKey');
  const errorMessage = stringMember(json, 'errorMessage');
  if (errorCode === null) return refused('error.key_missing', 'errorCode');
  if (errorMsgKey === null) return refused('error.key_missing', 'errorMsgKey');
  if (errorMessage === null) return refused('error.key_missing', 'errorMessage');
  const block = member(json, 'errorNonRetryable');
  const delay = member(json, 'errorRetryDelaySeconds');
  const usable = (block === null || block.type === 'boolean') && (delay === null || delay.type === 'int');
  const seconds = usable && delay?.type === 'int' && delay.value > 0 ? delay.value : null;
  return {
    ok: true,
    errorCode,
    errorMsgKey,
    errorMessage,
    nonRetryable: usable && block?.type === 'boolean' && block.value,
    retryDelaySeconds: seconds,
  };
}
