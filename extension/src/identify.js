/** Answers content scripts: what do these addresses name, and where on papers.cool is it? Pure. */

import { addressesOf, findAll, nameOf } from "./papers.js";

const MOST = 2000;
const LONGEST = 4000;

/**
 * @param {{texts: string[], title?: string}[]} items one for each place where a link could stand;
 *   the first text that names a paper decides
 * @returns {({name: string, paper: string|null, search: string|null}|null)[]} in the same order
 */
export function identify(items, scope) {
  if (!Array.isArray(items)) return [];
  return items.slice(0, MOST).map((item) => {
    for (const text of Array.isArray(item?.texts) ? item.texts : []) {
      const { papers, searches } = findAll([String(text).slice(0, LONGEST)]);
      const one = papers[0] ?? searches[0];
      if (!one) continue;
      const { paper, search } = addressesOf(one, item.title, scope);
      return paper || search ? { name: nameOf(one), paper, search } : null;
    }
    return null;
  });
}
