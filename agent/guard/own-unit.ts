/** The system unit in these cgroups (the text of /proc/PID/cgroup); null if there is none. */
export function unitIn(cgroups: string): string | null {
  for (const line of cgroups.split('\n')) {
    const path = line.slice(line.indexOf(':', line.indexOf(':') + 1) + 1).split('/');
    const unit = path.findLast((part) => /^[A-Za-z0-9:_.@\\-]+\.service$/.test(part));
    if (unit !== undefined && !path.some((part) => part.startsWith('user@'))) return unit;
  }
  return null;
}
