/** One check: its result, and if it fails, what to do. `warns`: it works, but a person should do something. */
export type CheckLine = { ok: boolean; warns?: true; what: string; says: string };
