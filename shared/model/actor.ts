/** Names under which people and programs act (docs/protocol.md section 10): `admin`, `token:NAME`, `oidc:SUBJECT`, `system`, `policy:NAME`. */

const PERSON = 'oidc:';
const TOKEN = 'token:';

/** The name of a person whom the identity provider calls `subject`. */
export const personActor = (subject: string): string => PERSON + subject;
export const subjectOf = (actor: string): string => actor.slice(PERSON.length);
export const isPerson = (actor: string): boolean => actor.startsWith(PERSON);

export const tokenActor = (name: string): string => TOKEN + name;
export const isToken = (actor: string): boolean => actor.startsWith(TOKEN);

/** An actor, with the name of the person beside the subject: `oidc:1f3c (Ann Smith)`. The name alone could be anyone's. */
export const named = (actor: string, name: string | null | undefined): string => (name ? `${actor} (${name})` : actor);

/** Likewise with the name first, for a narrow place that may cut the rest. Show the whole beside it. */
export const nameFirst = (actor: string, name: string | undefined): string => (name ? `${name} (${actor})` : actor);
