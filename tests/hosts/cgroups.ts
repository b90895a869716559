import { readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../../shared/fixtures/wait-for.ts';

/** systemd's cgroups, as one hierarchy or as two. */
const HIERARCHIES = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd'];

/** Shell code that runs a script for each hierarchy that exists, as `$base`. */
export const eachHierarchySh = (script: string): string =>
  `for base in ${HIERARCHIES.join(' ')}; do [ ! -e $base/cgroup.procs ] || { ${script}; }; done`;

/** Shell code that puts this process and all its children into their own group named `$name`; otherwise machines would share theirs. */
export const ENTER_GROUP_SH = eachHierarchySh('mkdir -p $base/$name; echo 0 >$base/$name/cgroup.procs');

/** Removes the groups of this name; a group whose processes have just been killed is busy for a moment. */
export async function removeGroups(name: string): Promise<void> {
  for (const base of HIERARCHIES) await waitFor(`the end of ${base}/${name}`, () => removeGroup(join(base, name)));
}

/** True once the group and all below it are gone. */
function removeGroup(dir: string): boolean {
  try {
    for (const entry of readdirSync(dir, { withFileTypes: true }))
      if (entry.isDirectory()) removeGroup(join(dir, entry.name));
    rmdirSync(dir);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT';
  }
}
