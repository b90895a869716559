import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import type { FastifyReply } from 'fastify';
import { type Coding, codingFor, compress } from '../http/compress.ts';
import type { Api } from '../http/route.ts';

/**
 * The dashboard's built pages. Every page path answers the one HTML file, which reads its address to decide what to show; any
 * other path is a 404.
 */

// scripts/build.ts puts the files in place, in base64; a checkout has them in dist/dashboard.
declare const SWITCHYARD_DASHBOARD: Readonly<Record<string, string>> | undefined;

export type DashboardFiles = ReadonlyMap<string, Buffer>;

export type DashboardRoutesDeps = {
  /** By their paths under `/`; empty if none were built. */
  dashboard: DashboardFiles;
};

const CHECKOUT_DIR = resolve(import.meta.dirname, '../../../dist/dashboard');
const HTML = 'index.html';

const PAGES = [
  '/',
  '/attention',
  '/hosts/:name',
  '/commands',
  '/commands/:id',
  '/dispatches',
  '/dispatches/:id',
  '/rollouts',
  '/rollouts/new',
  '/rollouts/:id',
  '/events',
  '/people',
  '/settings',
] as const;

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

/** The name carries the hash of the content, so it never changes. */
const HASHED = /^assets\/.+-[\w-]+\.\w+$/;

/** Everything from here and nothing inline, so that the name of a host or a command can't become code. */
const POLICY = [
  "default-src 'self'",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const NOT_BUILT =
  '<!doctype html><title>Switchyard</title><p>The dashboard is not built: run <code>npm run build:dashboard</code>.';

/** The files in this bundle, or else those built into `dir`. */
export function readDashboard(dir = CHECKOUT_DIR): DashboardFiles {
  if (typeof SWITCHYARD_DASHBOARD !== 'undefined')
    return new Map(
      Object.entries(SWITCHYARD_DASHBOARD).map(([name, content]) => [name, Buffer.from(content, 'base64')]),
    );
  if (!existsSync(dir)) return new Map();
  const names = globSync('**/*', { cwd: dir }).filter((name) => statSync(join(dir, name)).isFile());
  return new Map(names.map((name) => [name, readFileSync(join(dir, name))]));
}

export function dashboardRoutes(server: Api, { dashboard }: DashboardRoutesDeps): void {
  const html = (dashboard.get(HTML) ?? Buffer.from(NOT_BUILT)).toString();

  function sendPage(page: { html: string; tag: string }, ifNoneMatch: string | undefined, reply: FastifyReply) {
    // Revalidated each time, so that a new coordinator brings its new pages.
    reply.headers({ 'cache-control': 'no-cache', etag: page.tag, 'content-security-policy': POLICY });
    if (ifNoneMatch === page.tag) return reply.code(304).send();
    return reply.type(typeOf(HTML)).send(page.html);
  }
  const open = { config: { page: true }, schema: { hide: true } } as const;

  for (const path of PAGES) {
    const page = pageAt(path, html);
    server.get(path, open, async (request, reply) => sendPage(page, request.headers['if-none-match'], reply));
  }

  for (const [name, content] of dashboard) {
    if (name === HTML) continue;
    const compressed = compressedOnce(content);
    server.get(`/${name}`, open, async (request, reply) => {
      const kept = HASHED.test(name) ? 'public, max-age=31536000, immutable' : 'no-cache';
      reply.headers({ 'cache-control': kept, 'content-security-policy': POLICY, vary: 'accept-encoding' });
      reply.type(typeOf(name));
      const coding = codingFor(request.headers['accept-encoding']);
      if (coding === null) return reply.send(content);
      return reply.header('content-encoding', coding).send(await compressed(coding));
    });
  }
}

/** Each coding is made on first use and kept: the files are few and never change. */
function compressedOnce(content: Buffer): (coding: NonNullable<Coding>) => Promise<Buffer> {
  const made = new Map<NonNullable<Coding>, Promise<Buffer>>();
  return (coding) => {
    const known = made.get(coding) ?? compress(content, coding, 'thorough');
    made.set(coding, known);
    return known;
  };
}

const typeOf = (name: string): string => TYPES[extname(name)] ?? 'application/octet-stream';

/**
 * The HTML file as served at `path`: its links lead up to the coordinator's root. A proxy may strip a leading path, invisibly;
 * but the page's depth below the root is known.
 */
function pageAt(path: string, html: string): { html: string; tag: string } {
  const up = '../'.repeat(path.split('/').length - 2) || './';
  const based = html.replace(/<base href="[^"]*"/, `<base href="${up}"`);
  return { html: based, tag: etagOf(based) };
}

const etagOf = (content: string): string =>
  `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
