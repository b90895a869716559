import type { TestApp } from '../../coordinator/fixtures/test-app.ts';

/** A page's answer after all redirects. */
export type Visited = { url: string; status: number; text: string; headers: Headers };

/** A browser without a window: cookies by host and path, redirects, forms. Pages below `publicUrl` are the app's. */
export type Browser = {
  open(url: string, form?: Record<string, string>): Promise<Visited>;
  /** Fills in and sends the form of a page. */
  submit(page: Visited, fields: Record<string, string>): Promise<Visited>;
  /** The `Cookie` header that it would send there. */
  cookies(url: string): string;
  setCookie(url: string, header: string): void;
  /** Every address that it asked, redirects included. */
  readonly visited: string[];
  /** Selects the redirect to return instead of following it. */
  stopAt: ((url: string) => boolean) | null;
};

type Cookie = { value: string; host: string; path: string; isStrict: boolean };

const MOST_REDIRECTS = 20;

/** `app`: where pages below `publicUrl` are, in this process or at an address; null where none is opened. `sent`: with each request. */
export function createBrowser(
  app: Pick<TestApp, 'server'> | { address: string } | null,
  publicUrl: string,
  sent: Readonly<Record<string, string>> = {},
): Browser {
  const jar = new Map<string, Cookie>();
  const visited: string[] = [];

  const keep = (url: URL, header: string): void => {
    const [pair = '', ...attributes] = header.split(';').map((part) => part.trim());
    const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    const attribute = (wanted: string) =>
      attributes.find((one) => one.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
    const path = attribute('path') ?? '/';
    const key = `${url.host} ${path} ${name}`;
    if (value === '' || attribute('max-age') === '0') jar.delete(key);
    else
      jar.set(key, {
        value: `${name}=${value}`,
        host: url.host,
        path,
        isStrict: /^strict$/i.test(attribute('samesite') ?? ''),
      });
  };
  const cookiesFor = (url: URL, isCrossSite = false): string =>
    [...jar.values()]
      .filter(
        ({ host, path, isStrict }) => host === url.host && url.pathname.startsWith(path) && !(isStrict && isCrossSite),
      )
      .map(({ value }) => value)
      .join('; ');

  async function ask(url: URL, form: Record<string, string> | undefined, isCrossSite: boolean): Promise<Visited> {
    visited.push(url.href);
    const cookie = cookiesFor(url, isCrossSite);
    const body = form && new URLSearchParams(form).toString();
    const headers: Record<string, string> = {
      accept: 'text/html',
      ...sent,
      ...(cookie !== '' && { cookie }),
      ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
    };
    const method = form ? 'POST' : 'GET';
    let answer: Visited;
    const isOwn = url.href.startsWith(`${publicUrl}/`);
    if (app && 'server' in app && isOwn) {
      const asked = await app.server.inject({
        method,
        url: url.href.slice(publicUrl.length),
        headers,
        ...(body !== undefined && { payload: body }),
      });
      const given = new Headers();
      for (const [name, value] of Object.entries(asked.headers))
        for (const one of [value ?? []].flat()) given.append(name, String(one));
      answer = { url: url.href, status: asked.statusCode, text: asked.payload, headers: given };
    } else {
      const from = app && 'address' in app && isOwn ? app.address + url.href.slice(publicUrl.length) : url;
      const response = await fetch(from, { method, headers, redirect: 'manual', ...(body !== undefined && { body }) });
      answer = { url: url.href, status: response.status, text: await response.text(), headers: response.headers };
    }
    for (const header of answer.headers.getSetCookie()) keep(url, header);
    return answer;
  }

  const browser: Browser = {
    visited,
    stopAt: null,
    cookies: (url) => cookiesFor(new URL(url)),
    setCookie: (url, header) => keep(new URL(url), header),
    async open(address, form) {
      let url = new URL(address);
      const from = url.host;
      let answer = await ask(url, form, false);
      let isCrossSite = false;
      for (let count = 0; count < MOST_REDIRECTS; count += 1) {
        const location = answer.headers.get('location');
        if (answer.status < 300 || answer.status >= 400 || location === null) return answer;
        const next = new URL(location, url);
        if (browser.stopAt?.(next.href)) return answer;
        isCrossSite ||= next.host !== from || url.host !== next.host;
        url = next;
        answer = await ask(url, undefined, isCrossSite);
      }
      throw new Error(`too many redirects: ${visited.slice(-MOST_REDIRECTS).join(' → ')}`);
    },
    async submit(page, fields) {
      const [, form = ''] = /<form[^>]*>([\s\S]*?)<\/form>/.exec(page.text) ?? [];
      const [, action = page.url] = /<form[^>]*action="([^"]*)"/.exec(page.text) ?? [];
      const hidden = [...form.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([input]) => [
        /name="([^"]*)"/.exec(input)?.[1] ?? '',
        /value="([^"]*)"/.exec(input)?.[1] ?? '',
      ]);
      const to = new URL(action.replaceAll('&amp;', '&'), page.url).href;
      return browser.open(to, { ...Object.fromEntries(hidden), ...fields });
    },
  };
  return browser;
}

/** Goes through the provider's own pages, as this person, until it sends the browser back. */
export async function passProvider(browser: Browser, page: Visited, login: string): Promise<Visited> {
  let now = page;
  // Some pages submit themselves.
  for (let step = 0; step < 5 && /name="prompt"|forms\[0\]\.submit/.test(now.text); step += 1)
    now = await browser.submit(now, /name="login"/.test(now.text) ? { login, password: 'x' } : {});
  return now;
}
