import { jsonReader } from '../damage.ts';
import { SignedInPerson, type SignIn } from '../records.ts';

/** A session as a database keeps it. */
export type SignInRow = Omit<SignIn, 'person'> & { person: string | null };

export const personText = (person: SignIn['person']): string | null => person && JSON.stringify(person);

const readPerson = jsonReader<SignedInPerson>(SignedInPerson);

/** A person that cannot be read is none: the session then opens nothing, since no token goes by such an actor. */
export const signInOf = ({ person, ...row }: SignInRow): SignIn => ({ ...row, person: readPerson(person) });
