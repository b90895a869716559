import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The licences of bundled packages: their text must accompany their code. */

/** The package folder of a file, from `root`: the innermost one; null for a file of our own. */
export const packageOf = (file: string): string | null =>
  /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/@]+(?=\/)/.exec(file.replaceAll('\\', '/'))?.[0] ?? null;

/** Folders of the packages of these files, each once, sorted by name. */
export const packagesOf = (files: Iterable<string>): string[] =>
  [...new Set([...files].flatMap((file) => packageOf(file) ?? []))].sort();

const LICENSE_FILES = '{LICENSE,LICENCE,License,Licence,license,licence,COPYING,NOTICE,UNLICENSE}{,.*,-*}';

/** Name, version and the text of every licence and notice. Throws if a package brings none and none is known here. */
export function licenseOf(root: string, folder: string): string {
  const { name, version, license, author } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const files = globSync(LICENSE_FILES, { cwd: join(root, folder) })
    .filter((file) => !/\.[cm]?[jt]s$/.test(file))
    .sort();
  const texts = files.map((file) =>
    readFileSync(join(root, folder, file), 'utf8')
      .trim()
      .replaceAll('\r\n', '\n'),
  );
  if (texts.length === 0) {
    if (license !== 'MIT') throw new Error(`${name} ${version} (${license}) has no file with its licence`);
    // The same text as our own, except for the author.
    const mit = readFileSync(join(root, 'LICENSE'), 'utf8').trim();
    texts.push(mit.replace(/^Copyright .*$/m, `Copyright (c) ${author?.name ?? author ?? `the authors of ${name}`}`));
  }
  return [`${name} ${version} (${license})`, ...texts].join('\n\n');
}

const LINE = `\n\n${'-'.repeat(78)}\n\n`;

/** Limited to Latin-1: any other character would make V8 store the whole source at double size. */
export const toLatin1 = (text: string): string =>
  text
    .replaceAll(/[\u2018\u2019]/g, "'")
    .replaceAll(/[\u201c\u201d]/g, '"')
    .replaceAll(/[\u2010-\u2015]/g, '-')
    .normalize('NFC')
    .replaceAll(/[^\0-\xff]/gu, (other) => other.normalize('NFD').replaceAll(/[^\0-\x7f]/gu, '') || '?');

/** For the end of a bundle; empty if there is nothing to say. */
export const asComment = (text: string): string =>
  text === '' ? '' : `/*\nWhat this file contains of others:\n\n${toLatin1(text).replaceAll('*/', '* /')}\n*/\n`;

/** The text for all of these packages; empty without packages. */
export const licensesOf = (root: string, folders: readonly string[]): string =>
  [...new Set(folders.map((folder) => licenseOf(root, folder)))].join(LINE);
