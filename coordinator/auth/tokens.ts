import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 random bits, in characters that need no quoting anywhere. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** SHA-256 in hex: the only form in which a token is stored. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

/** In constant time, whatever text was sent: hashes of equal length are compared. */
export function tokenMatches(token: string, tokenHash: string): boolean {
  return timingSafeEqual(Buffer.from(hashToken(token), 'hex'), Buffer.from(tokenHash, 'hex'));
}
