/** Why a coordinator stands by: another coordinator leads, or the database is away. `leader`: the leader's URL; null if unknown. */
export type Waiting = { kind: 'standby'; leader: string | null } | { kind: 'away' };
