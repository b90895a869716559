/** One thing that was tried: how it stands, and where it fails what to do. `warns`: it works, and yet something is to be done. */
export type CheckLine = { ok: boolean; warns?: true; what: string; says: string };
