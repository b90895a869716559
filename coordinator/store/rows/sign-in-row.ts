import { jsonReader } from '../damage.ts';
import { SignedInPerson, type SignIn } from '../records.ts';

/** A session's row. */
export type SignInRow = Omit<SignIn, 'person'> & { person: string | null };

export const personText = (person: SignIn['person']): string | null => person && JSON.stringify(person);

const readPerson = jsonReader<SignedInPerson>(SignedInPerson);

/** An unreadable person counts as none. The session then opens nothing, because no token has such an actor. */
export const signInOf = ({ person, ...row }: SignInRow): SignIn => ({ ...row, person: readPerson(person) });
