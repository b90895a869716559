import { createSignal } from 'solid-js';
import { ROLES, type Role } from '../../../shared/grant.ts';
import { api } from './api.ts';

/**
 * Whether the signed-in person has a role: actions beyond it are not offered. True until it is known; the coordinator has the last
 * word.
 */
export function createMay(): (role: Role) => boolean {
  const [best, setBest] = createSignal<number>(ROLES.length);
  void api.whoami().then((answer) => {
    if (answer.ok) setBest(Math.max(...answer.body.grants.map(({ role }) => ROLES.indexOf(role)), 0));
  });
  return (role) => best() >= ROLES.indexOf(role);
}
