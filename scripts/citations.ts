import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

/** A document of this repository that a file names: `docs/protocol.md section 2`, `bench/README.md, Budgets`, or a link. */
export type Citation = { document: string; section: string | null; heading: string | null };

/** In code: paths from the root. */
export function citationsOf(source: string): Citation[] {
  const found = source.matchAll(
    /(?<![\w./-])((?:bench|docs)\/[\w./-]+\.md|(?:[\w-]+\/)*[A-Z]+\.md)\b(?: section (\d+))?(?:, (?=[A-Z])([A-Za-z ]+?)(?=[;:.)\n]|$))?/g,
  );
  return [...found].map(([, document = '', section = null, heading = null]) => ({ document, section, heading }));
}

/** In a document: relative links, with the part behind `#` as GitHub derives it from a heading. */
export function linksOf(markdown: string): { target: string; anchor: string | null }[] {
  return [...markdown.matchAll(/\]\((?![a-z]+:)([^)\s#]*)(?:#([^)\s]*))?\)/g)].map(
    ([, target = '', anchor = null]) => ({
      target,
      anchor,
    }),
  );
}

const headingsOf = (markdown: string): string[] =>
  [...markdown.replace(/```.*?```/gs, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading.trim());

const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');

/** One sentence for each citation in `file` that leads nowhere. */
export function citationFaults(root: string, file: string, text: string): string[] {
  if (!file.endsWith('.md'))
    return citationsOf(text).flatMap(({ document, section, heading }) => {
      const path = posix.join(root, document);
      if (!existsSync(path)) return [`${file} cites ${document}, which does not exist`];
      const headings = headingsOf(readFileSync(path, 'utf8'));
      if (section && !headings.some((known) => known.startsWith(`${section} `) || known.startsWith(`${section}. `)))
        return [`${file} cites section ${section} of ${document}, which has none`];
      if (heading && !headings.includes(heading)) return [`${file} cites '${heading}' of ${document}, which has none`];
      return [];
    });
  return linksOf(text).flatMap(({ target, anchor }) => {
    const path = target === '' ? posix.join(root, file) : posix.join(root, posix.dirname(file), target);
    if (!existsSync(path)) return [`${file} links to ${target}, which does not exist`];
    if (anchor === null || !path.endsWith('.md')) return [];
    const anchors = headingsOf(readFileSync(path, 'utf8')).map(anchorOf);
    return anchors.includes(anchor) ? [] : [`${file} links to ${target}#${anchor}, which has no such heading`];
  });
}
