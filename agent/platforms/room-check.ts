import type { Step } from '../spool/platform.ts';
import type { PlatformSettings } from './platform-settings.ts';
import type { Fault } from './step/fault.ts';
import { roomFault } from './step/room.ts';
import { programStep } from './step/step-program.ts';

/** Why room to build or activate is lacking; null if there is enough. */
export const room = ({ stateDir, storeDir }: PlatformSettings): Promise<Fault | null> =>
  roomFault({ store: storeDir, stateDir });

/** Only a system with a boot loader needs room on the boot partition. Only root writes it. */
export const bootRoom = ({ self, isRoot }: PlatformSettings, asks: boolean, built: string): Step[] =>
  asks && isRoot ? [programStep(self, 'room', 'check-boot-room', built)] : [];
