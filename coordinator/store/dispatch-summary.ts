import type { Dispatch, DispatchSummary } from '../../shared/model/dispatch.ts';

/** A dispatch in a list, with its commands counted by status. */
export const summaryOf = (
  { id, op, requestedBy, createdAt, results }: Dispatch,
  statuses: Record<string, number>,
): DispatchSummary => ({ id, op, requestedBy, createdAt, hosts: results.length, statuses });
