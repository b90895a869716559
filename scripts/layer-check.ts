import { posix } from 'node:path';
import type { Tower } from './layers.ts';
import { edgeGlobalsOf, importsOf } from './source-text.ts';

type House = {
  towers: Tower[];
  /** File names that may use edge globals. */
  edgeFiles: string[];
  /** Text of every source file, by its path from the root. */
  sources: Map<string, string>;
};

/** Everything in the sources that breaks the order of the layers, one sentence each. */
export function layerFaults({ towers, edgeFiles, sources }: House): string[] {
  const faults: string[] = [];
  const graph = new Map<string, string[]>();
  const folders = new Map<string, string[]>();
  for (const [file, source] of sources) {
    const tower = towerOf(towers, file);
    if (!tower) {
      faults.push(`${file} is in no tower: add its folder to scripts/layers.ts`);
      continue;
    }
    const isTest = isOfTests(file);
    const floor = floorOf(tower, file);
    if (floor === undefined && !isTest) faults.push(`${file} is in no layer: add it to scripts/layers.ts`);

    const imports = importsOf(source);
    const files = imports
      .filter((name) => /^\..*\.tsx?$/.test(name))
      .map((name) => posix.join(posix.dirname(file), name));
    graph.set(file, files);
    for (const target of files) faults.push(...importFaults({ towers, file, tower, floor, target, isTest }));
    if (isTest) continue;

    const folder = posix.dirname(file);
    const others = files.map((target) => posix.dirname(target)).filter((other) => other !== folder);
    folders.set(folder, [...(folders.get(folder) ?? []), ...others]);
    for (const name of imports.filter((specifier) => !specifier.startsWith('.')))
      if (tower.packages && !name.startsWith('node:') && !tower.packages.includes(packageOf(name)))
        faults.push(`${file} imports the package ${name}: ${tower.folder}/ may import ${tower.packages.join(', ')}`);
    if (!tower.browser && !edgeFiles.includes(posix.basename(file)))
      for (const name of edgeGlobalsOf(source))
        faults.push(
          `${file} uses ${name}: only ${edgeFiles.join(', ')} may; take it as a dependency (see shared/time/clock.ts)`,
        );
  }
  return [
    ...faults,
    ...cyclesOf(graph).map((cycle) => `${cycle.join(' → ')} is a cycle`),
    ...cyclesOf(folders).map((cycle) => `the folders ${cycle.join(' → ')} are a cycle`),
  ];
}

type Import = {
  towers: Tower[];
  file: string;
  tower: Tower;
  floor: number | undefined;
  target: string;
  isTest: boolean;
};

function importFaults({ towers, file, tower, floor, target, isTest }: Import): string[] {
  const targetTower = towerOf(towers, target);
  if (!targetTower)
    return isTest && target.startsWith('scripts/')
      ? []
      : [`${file} imports ${target}, which is not part of the programs`];
  if (targetTower !== tower)
    return tower.standsOn.includes(targetTower.folder)
      ? []
      : [`${file} imports ${target}: ${tower.folder}/ may not import ${targetTower.folder}/`];
  if (isTest) return [];
  if (isOfTests(target)) return [`${file} imports ${target}, which is only for tests`];
  const targetFloor = floorOf(tower, target);
  if (floor === undefined || targetFloor === undefined || targetFloor <= floor) return [];
  return [`${file} (floor ${floor}) imports ${target} (floor ${targetFloor}): imports point down (scripts/layers.ts)`];
}

/** Tests, and the folders `fixtures` beside them, are above every layer of their tower. */
const isOfTests = (file: string): boolean => /\.test\.tsx?$|\/fixtures\//.test(file);

function towerOf(towers: Tower[], file: string): Tower | undefined {
  return towers
    .filter(({ folder }) => file.startsWith(`${folder}/`))
    .sort((a, b) => b.folder.length - a.folder.length)
    .at(0);
}

/** Index of the layer with the longest name that covers the file. */
function floorOf(tower: Tower, file: string): number | undefined {
  const path = file.slice(tower.folder.length + 1);
  let found: { floor: number; length: number } | undefined;
  for (const [floor, names] of tower.layers.entries())
    for (const name of names) {
      const next = path.charAt(name.length);
      const covers = path.startsWith(name) && (next === '.' || next === '/');
      if (covers && name.length > (found?.length ?? 0)) found = { floor, length: name.length };
    }
  return found?.floor;
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Each cycle once, as the path that closes it. */
function cyclesOf(graph: Map<string, string[]>): string[][] {
  const cycles: string[][] = [];
  const finished = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    const start = path.indexOf(file);
    if (start >= 0) cycles.push([...path.slice(start), file]);
    if (start >= 0 || finished.has(file)) return;
    path.push(file);
    for (const target of graph.get(file) ?? []) visit(target);
    path.pop();
    finished.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return cycles;
}
