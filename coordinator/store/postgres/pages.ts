/** The most rows of one page: a fraction of a second. */
export const PAGE_ROWS = 1_000;

/**
 * Reads a whole fleet's rows page by page. `read` gets the last row of the page before, and answers at most `PAGE_ROWS` of those after it.
 * The event loop turns between pages: read at once, the rows of 100,000 hosts would hold up the renewal of the lease until the lead that
 * is being taken up is lost.
 */
export async function* pagesOf<Row>(read: (after: Row | null) => Promise<Row[]>): AsyncGenerator<Row[]> {
  for (let after: Row | null = null; ; ) {
    const rows: Row[] = await read(after);
    yield rows;
    if (rows.length < PAGE_ROWS) return;
    after = rows.at(-1) ?? null;
  }
}
