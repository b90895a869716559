import { createHmac } from 'node:crypto';
import type { Format } from './call.ts';

/** JSON by the OpenAPI document's NotifyMessage, signed with HMAC-SHA256 over `SECONDS.BODY`. */
export const webhook: Format = ({ message, url, secret, at }) => {
  const body = JSON.stringify(message);
  const seconds = Math.floor(at / 1000);
  const hex = createHmac('sha256', secret ?? '')
    .update(`${seconds}.${body}`)
    .digest('hex');
  return {
    url,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-switchyard-id': message.id,
      'x-switchyard-signature': `t=${seconds},v1=${hex}`,
    },
    body,
  };
};
