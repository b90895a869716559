import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { Metrics, type Report } from '../../shared/model/report.ts';
import type { Repeat } from '../hosts/roster.ts';

const HEAD = /^\{"type":"heartbeat","payload":\{"seq":(?:0|[1-9]\d{0,14}),"report":\{"sampledAt":(0|[1-9]\d{0,14}),/;
const METRICS = '},"metrics":';
const END = '}}';

const metricsAlone = Compile(Type.Object(Metrics.properties, { additionalProperties: false }));

/**
 * Reads a heartbeat whose report is the held one, byte for byte but for its time. Then nothing of the report needs to be parsed or checked
 * again. Null for any other text: the codec reads it.
 */
export function repeatIn(text: string, held: Report): Repeat | null {
  const head = HEAD.exec(text);
  if (!head) return null;
  const heldText = JSON.stringify(held);
  const heldFrom = heldText.indexOf(',') + 1;
  const from = head[0].length;
  const end = from + heldText.length - 1 - heldFrom;
  // Slices are compared much faster than `startsWith` does it.
  if (text.slice(from, end) !== heldText.slice(heldFrom, -1)) return null;
  if (text.slice(end, end + METRICS.length) !== METRICS || !text.endsWith(END)) return null;
  const metrics = parsed(text.slice(end + METRICS.length, -END.length));
  return metricsAlone.Check(metrics) ? { sampledAt: Number(head[1]), metrics } : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
