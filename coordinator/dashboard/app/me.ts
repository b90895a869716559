import { type Accessor, createSignal } from 'solid-js';
import { ROLES, type Role, type WhoAmI } from '../../../shared/model/grant.ts';
import { api } from './api.ts';

/** The signed-in person: actions beyond their grants are not offered. The coordinator decides. */
export type Me = {
  /** Null until it is known. */
  me: Accessor<WhoAmI | null>;
  /** True until it is known. */
  may(role: Role): boolean;
};

export function createMe(): Me {
  const [me, setMe] = createSignal<WhoAmI | null>(null);
  void api.whoami().then((answer) => answer.ok && setMe(answer.body));
  return {
    me,
    may: (role) => me()?.grants.some((grant) => ROLES.indexOf(grant.role) >= ROLES.indexOf(role)) ?? true,
  };
}
