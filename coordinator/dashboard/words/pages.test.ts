import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withFirstPage } from './pages.ts';

const pages = (ids: number[], next: number | null) => ({ items: ids.map((id) => ({ id })), next });

test('a first page that reaches the known items is put before them', () => {
  assert.equal(withFirstPage(pages([5, 4, 3, 2], 2), pages([7, 6, 5], 5)), pages([7, 6, 5, 4, 3, 2], 2));
});

test('a first page that does not reach the known items replaces them, so no gap is hidden', () => {
  assert.equal(withFirstPage(pages([3, 2, 1], null), pages([9, 8, 7], 7)), pages([9, 8, 7], 7));
});

test.run();
