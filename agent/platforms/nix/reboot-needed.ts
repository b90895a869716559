import { join } from 'node:path';
import { readSystemPath } from './generation.ts';

/** The parts of a system that only a boot can replace. */
const OF_A_BOOT = ['kernel', 'initrd', 'kernel-modules'] as const;

/** Whether the active system needs another kernel, initrd or modules than were booted; null where one of the systems has not all of them. */
export async function isRebootNeeded(booted: string | null, active: string | null): Promise<boolean | null> {
  if (booted === null || active === null) return null;
  const partsOf = (system: string) => Promise.all(OF_A_BOOT.map((part) => readSystemPath([join(system, part)])));
  const [were, are] = await Promise.all([partsOf(booted), partsOf(active)]);
  if (were.includes(null) || are.includes(null)) return null;
  return were.some((part, index) => part !== are[index]);
}
