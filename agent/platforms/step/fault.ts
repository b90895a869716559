import { FAILURE_CODES, type FailureCode } from '../../../shared/model/report.ts';
import type { Step } from '../../spool/platform.ts';
import { failAs } from './evidence.ts';
import { programStep, type Self, type StepProgram } from './step-program.ts';

/** Why an op can't work on this host, found while planning. It becomes the output of a failing command. */
export type Fault = { exitCode: number; message: string; code?: FailureCode };

/** The single step of such a command: the host stays usable and the reason stands where people look, in the output. */
export const faultStep = (self: Self, fault: Fault): Step =>
  programStep(self, 'check', 'fail', String(fault.exitCode), fault.message, ...(fault.code ? [fault.code] : []));

/** `fail EXIT_CODE MESSAGE [CODE]` */
export const fail: StepProgram = async ([exitCode, message = '', code], io) => {
  const known = FAILURE_CODES.find((one) => one === code);
  if (known) await failAs(io, known, message);
  else io.say(message);
  return Number(exitCode);
};
