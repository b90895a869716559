import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where boot partitions are mounted. */
const FOLDERS = ['/boot', '/efi', '/boot/efi'] as const;

const INIT = /\binit=(\/nix\/store\/[^\s/]+)\/init\b/;

/** The system of the next boot, read from the boot loader's files; null if unknown or unreadable. */
export async function readBootPath(folders: readonly string[] = FOLDERS): Promise<string | null> {
  const read = (...path: string[]) => readFile(join(...path), 'utf8').catch(() => null);
  for (const folder of folders) {
    const loader = await read(folder, 'loader/loader.conf');
    const entry = loader === null ? null : systemdBootEntry(loader);
    if (entry !== null) return pathIn(await read(folder, 'loader/entries', entry));
    const extlinux = await read(folder, 'extlinux/extlinux.conf');
    if (extlinux !== null) return extlinuxPath(extlinux);
    const grub = await read(folder, 'grub/grub.cfg');
    if (grub !== null) return grubPath(grub);
  }
  return null;
}

const pathIn = (text: string | null): string | null => INIT.exec(text ?? '')?.[1] ?? null;

/** The file that `default` names; null if it is a pattern or one of the loader's special words. */
function systemdBootEntry(loader: string): string | null {
  const name = /^default\s+(\S+)\s*$/m.exec(loader)?.[1];
  return name && /^[\w.+-]+\.conf$/.test(name) ? name : null;
}

/** The entry whose label DEFAULT names. */
function extlinuxPath(text: string): string | null {
  const wanted = /^DEFAULT\s+(\S+)\s*$/m.exec(text)?.[1];
  if (!wanted) return null;
  const entries = text.split(/^LABEL\s+/m).slice(1);
  const entry = entries.find((part) => part.split(/\s/, 1)[0] === wanted);
  return pathIn(entry ?? null);
}

/** The first entry; null if another is the default, because numbers and saved entries are not resolved. */
function grubPath(text: string): string | null {
  const defaults = [...text.matchAll(/^\s*set default="?([^"\n]*)"?\s*$/gm)].map(([, entry]) => entry);
  // grub-reboot sets `next_entry` for one boot.
  if (defaults.some((entry) => entry !== '0' && !entry?.includes('next_entry'))) return null;
  return pathIn(text);
}
