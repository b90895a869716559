import { answerRows } from './answer.ts';
import { deadlineRows } from './deadline.ts';
import { deliveryRows } from './delivery.ts';
import { exitRows } from './exit-rows.ts';
import { guardRows } from './guard.ts';
import { helloRows } from './hello.ts';
import { killRows } from './kill.ts';
import { putBackRows } from './put-back.ts';
import type { Row } from './row.ts';
import { verifyRows } from './verify.ts';

/** The whole transition table (docs/lifecycle.md); the first row that fits applies. */
export const TRANSITIONS: readonly Row[] = [
  ...putBackRows,
  ...guardRows,
  ...deliveryRows,
  ...exitRows,
  ...verifyRows,
  ...helloRows,
  ...killRows,
  ...deadlineRows,
  ...answerRows,
];
