import type { ReceiverKind } from '../../../shared/model/notify.ts';
import type { Format } from './call.ts';
import { matrix } from './matrix.ts';
import { ntfy } from './ntfy.ts';
import { slack } from './slack.ts';
import { webhook } from './webhook.ts';

/** The format of each kind of receiver over HTTP. */
export const FORMATS: Record<Exclude<ReceiverKind, 'email' | 'heartbeat'>, Format> = { webhook, ntfy, slack, matrix };
