import type { Step } from '../../spool/platform.ts';
import { programStep, type Self, type StepProgram } from './step-program.ts';

/** Why an op can't do its work on this host, found out while planning: it is told as the output of a command that fails. */
export type Fault = { exitCode: number; message: string };

/** The single step of such a command: the host stays usable and the reason stands where people look, in the output. */
export const faultStep = (self: Self, fault: Fault): Step =>
  programStep(self, 'check', 'fail', String(fault.exitCode), fault.message);

/** `fail EXIT_CODE MESSAGE` */
export const fail: StepProgram = async ([exitCode, message = ''], io) => {
  io.say(message);
  return Number(exitCode);
};
