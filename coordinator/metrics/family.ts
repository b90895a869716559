/** One metric of `GET /metrics` with its samples. */
export type Family = {
  name: string;
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
  samples: Iterable<Sample>;
};

/** `suffix`: a histogram's `_bucket`, `_sum` or `_count`. */
export type Sample = { labels?: Readonly<Record<string, string>>; value: number; suffix?: string };

export const gauge = (name: string, help: string, samples: Iterable<Sample>): Family => ({
  name,
  type: 'gauge',
  help,
  samples,
});
export const counter = (name: string, help: string, samples: Iterable<Sample>): Family => ({
  name,
  type: 'counter',
  help,
  samples,
});

/** One sample for each value of a label. */
export const byLabel = (label: string, counts: Iterable<readonly [string, number]>): Sample[] =>
  [...counts].map(([word, value]) => ({ labels: { [label]: word }, value }));

/** The families in the Prometheus text format. */
export function textOf(families: readonly Family[]): string {
  const lines: string[] = [];
  for (const { name, type, help, samples } of families) {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const { labels = {}, value, suffix = '' } of samples) {
      let pairs = '';
      for (const label in labels) pairs += `${pairs && ','}${label}="${escaped(labels[label] ?? '')}"`;
      lines.push(`${name}${suffix}${pairs && `{${pairs}}`} ${value}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

const SPECIAL = /[\\"\n]/g;
const escaped = (text: string): string =>
  text.search(SPECIAL) < 0 ? text : text.replace(SPECIAL, (one) => (one === '\n' ? '\\n' : `\\${one}`));
