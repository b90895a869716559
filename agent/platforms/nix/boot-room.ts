import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { failAs } from '../step/evidence.ts';
import { mebibytes, type ReadRoom, readRoom } from '../step/room.ts';
import type { StepProgram } from '../step/step-program.ts';

/** Where NixOS's boot loaders keep kernels and initrds: systemd-boot, grub, extlinux. */
const FOLDERS = ['EFI/nixos', 'kernels', 'nixos'] as const;

const MOUNTS = ['/boot', '/efi', '/boot/efi'] as const;

/** A boot loader writes a file beside the one that it replaces. */
const SPARE = 1.2;

/**
 * `check-boot-room SYSTEM`: fails if the boot partition lacks room for the system's kernel and initrd. Passes if they are already there,
 * or if there is no boot loader's folder.
 */
export const checkBootRoom: StepProgram = async ([system = ''], io) => {
  const lack = await bootRoomLack(system);
  return lack === null ? 0 : failAs(io, 'disk_low', lack);
};

/** Why there is too little room; null if there is enough, or it is unknown. */
export async function bootRoomLack(
  system: string,
  mounts: readonly string[] = MOUNTS,
  read: ReadRoom = readRoom,
): Promise<string | null> {
  const folder = await loaderFolder(mounts);
  const room = folder === null ? null : await read(folder);
  if (folder === null || room === null) return null;
  const there = await readdir(folder).catch((): string[] => []);
  let needed = 0;
  for (const part of ['kernel', 'initrd']) {
    const path = await realpath(join(system, part)).catch(() => null);
    // Loaders name the file after its store path and its name there.
    const name = path === null ? null : `${basename(dirname(path))}-${basename(path)}`;
    if (path === null || there.some((file) => file === name || file === `${name}.efi`)) continue;
    needed += (await stat(path)).size * SPARE;
  }
  if (room.free >= needed) return null;
  return `The boot partition (${folder}) has ${mebibytes(room.free)} left of the ${mebibytes(needed)} that kernel and initrd take; nothing was changed`;
}

async function loaderFolder(mounts: readonly string[]): Promise<string | null> {
  for (const mount of mounts)
    for (const name of FOLDERS) {
      const folder = join(mount, name);
      if (await stat(folder).catch(() => null)) return folder;
    }
  return null;
}
