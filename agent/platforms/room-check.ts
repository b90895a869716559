import type { Step } from '../spool/platform.ts';
import type { PlatformSettings } from './platform-settings.ts';
import type { Fault } from './step/fault.ts';
import { roomFault } from './step/room.ts';
import { programStep } from './step/step-program.ts';

/** Why there is no room to build or to activate; null where there is. */
export const room = ({ stateDir, storeDir }: PlatformSettings): Promise<Fault | null> =>
  roomFault({ store: storeDir, stateDir });

/** Only a system that writes a boot loader takes room of its partition; which it does as root. */
export const bootRoom = ({ self, isRoot }: PlatformSettings, asks: boolean, built: string): Step[] =>
  asks && isRoot ? [programStep(self, 'room', 'check-boot-room', built)] : [];
