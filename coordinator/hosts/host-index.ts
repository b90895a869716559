/** Hosts in memory, found by id and by name. No two have the same name. */
export type HostIndex<Host extends Named> = {
  byId(id: string): Host | null;
  byName(name: string): Host | null;
  values(): Iterable<Host>;
  /** Hosts in insertion order. The same list until the next change. */
  inOrder(): readonly Host[];
  /** Hosts by name. The same list until the next change. */
  inOrderOfNames(): readonly Host[];
  put(host: Host): void;
  drop(host: Host): void;
  rename(host: Host, name: string): void;
};

type Named = { readonly id: string; readonly name: string };

export function createHostIndex<Host extends Named>(): HostIndex<Host> {
  const ids = new Map<string, Host>();
  const names = new Map<string, Host>();
  /** The list as last returned; null after a change. */
  let inOrder: readonly Host[] | null = null;
  let inOrderOfNames: readonly Host[] | null = null;

  const removeName = (host: Host): void => {
    if (names.get(host.name) === host) names.delete(host.name);
  };

  return {
    byId: (id) => ids.get(id) ?? null,
    byName: (name) => names.get(name) ?? null,
    values: () => ids.values(),
    inOrder() {
      inOrder ??= [...ids.values()];
      return inOrder;
    },
    inOrderOfNames() {
      inOrderOfNames ??= [...ids.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
      return inOrderOfNames;
    },
    put(host) {
      ids.set(host.id, host);
      names.set(host.name, host);
      inOrder = null;
      inOrderOfNames = null;
    },
    drop(host) {
      ids.delete(host.id);
      removeName(host);
      inOrder = null;
      inOrderOfNames = null;
    },
    rename(host, name) {
      removeName(host);
      (host as { name: string }).name = name;
      names.set(name, host);
      inOrderOfNames = null;
    },
  };
}
