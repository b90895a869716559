import { EnrolmentView } from '../../../shared/model/enrolment.ts';
import { jsonReader } from '../damage.ts';
import type { Enrolment } from '../records.ts';

/** An enrolment's row, for any database. */
export type EnrolmentRow = Omit<Enrolment, 'tags' | 'names' | 'approve'> & {
  tags: string;
  names: string | null;
  approve: number;
};

const readTags = jsonReader<Enrolment['tags']>(EnrolmentView.properties.tags);
const readNames = jsonReader<Enrolment['names']>(EnrolmentView.properties.names);

export const enrolmentRow = ({ tags, names, approve, ...enrolment }: Enrolment): EnrolmentRow => ({
  ...enrolment,
  tags: JSON.stringify(tags),
  names: names === null ? null : JSON.stringify(names),
  approve: approve ? 1 : 0,
});

/** Damaged tags count as none. Damaged names match no name. */
export const enrolmentOf = ({ tags, names, approve, ...row }: EnrolmentRow): Enrolment => ({
  ...row,
  tags: readTags(tags) ?? [],
  names: names === null ? null : (readNames(names) ?? []),
  approve: approve === 1,
});
