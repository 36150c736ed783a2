/** What the engine finds in several texts, put together, named and written down. Pure. */

import { abstractUrl, combinedLinks, find, paperUrl, searchUrl } from "./engine/index.js";

const LONGEST_QUERY = 300;
/** A longer address is refused by servers; more tabs than these are nobody's wish. */
const MOST_PAPERS_A_TAB = 40;
const MOST_TABS = 6;
const KIND_NAMES = {
  arxiv: "arXiv", openreview: "OpenReview", acl: "ACL", ijcai: "IJCAI", pmlr: "PMLR",
  cvf: "CVF", aaai: "AAAI", usenix: "USENIX", neurips: "NeurIPS", eccv: "ECCV",
  ndss: "NDSS", mlsys: "MLSys", isca: "ISCA",
};

/** One name for a paper or a search wherever it was found. */
export function keyOf(one) {
  return `${one.kind ?? one.venue}:${one.id}`;
}

/** How a paper is called in a list: its site and id. */
export function nameOf(one) {
  const kind = one.kind ?? one.venue;
  return `${KIND_NAMES[kind] ?? kind} ${one.id}`;
}

export function kindName(one) {
  const kind = one.kind ?? one.venue;
  return KIND_NAMES[kind] ?? kind;
}

/** Whether papers.cool knows the paper by a venue's id, and so may not have it. */
export function isVenue(paper) {
  return paper.kind !== undefined && paper.kind !== "arxiv";
}

/**
 * The papers and searches of several texts in order of first appearance, each once.
 * @param {Iterable<string|null|undefined>} texts read apart, so that none runs into the next
 */
export function findAll(texts) {
  const papers = new Map();
  const searches = new Map();
  for (const text of texts) {
    if (!text) continue;
    const found = find(String(text));
    for (const one of found.papers) if (!papers.has(keyOf(one))) papers.set(keyOf(one), one);
    for (const one of found.searches) if (!searches.has(keyOf(one))) searches.set(keyOf(one), one);
  }
  return { papers: [...papers.values()], searches: [...searches.values()] };
}

/**
 * The addresses that open papers together, those of arXiv first.
 * @returns {{addresses: string[], left: number}} `left` is how many papers were too many
 */
export function combined(papers) {
  const addresses = [];
  let left = 0;
  for (const family of [papers.filter((one) => !isVenue(one)), papers.filter(isVenue)]) {
    for (let start = 0; start < family.length; start += MOST_PAPERS_A_TAB) {
      const some = family.slice(start, start + MOST_PAPERS_A_TAB);
      if (addresses.length < MOST_TABS) addresses.push(...combinedLinks(some));
      else left += some.length;
    }
  }
  return { addresses, left };
}

/** Words as one line, cut to what an address bears; "" when no letter or digit is among them. */
export function asQuery(words) {
  const shown = String(words ?? "").replace(/[\u00ad\u200b\ufeff]/g, "");
  const line = shown.replace(/[\s\p{Cc}]+/gu, " ").replace(/\p{Cs}/gu, "\ufffd");
  if (!/[\p{L}\p{N}]/u.test(line)) return "";
  return [...line.trim()].slice(0, LONGEST_QUERY).join("").trim();
}

/** The address of a search for words, or null when there is nothing to search for. */
export function searchFor(words, scope) {
  const query = asQuery(words);
  return query ? searchUrl(query, scope) : null;
}

/** A paper as Markdown: its title where that is known, else its name. */
export function markdownOf(paper, title) {
  const label = (asQuery(title) || nameOf(paper)).replace(/[\\`*_[\]<>]/g, "\\$&");
  return `[${label}](${paperUrl(paper).replace(/[()]/g, encodeURIComponent)})`;
}

/**
 * Titles by paper, from what a page says of itself and of its links.
 * @param {{address: string, metas: string[], title: string, links: [string, string][]}|null} page
 * @returns {Map<string, string>} title by `keyOf`
 */
export function titlesOf(page) {
  const titles = new Map();
  if (!page) return titles;
  for (const [address, words] of page.links) {
    const title = asQuery(words);
    if (!title.includes(" ") && !/[^\x00-\x7f]{4}/.test(title)) continue;
    const found = findAll([address]);
    // The text of a link that is itself an address or an id is no title.
    if (/^https?:/i.test(title)) continue;
    if (!found.papers.length && !found.searches.length) continue;
    if (find(title).papers.length || /^(view|download|read|full|see) /i.test(title)) continue;
    for (const one of [...found.papers, ...found.searches]) {
      const key = keyOf(one);
      if (title.length > (titles.get(key) ?? "").length) titles.set(key, title);
    }
  }
  const own = asQuery(page.title);
  const about = findAll([page.address, ...page.metas]);
  if (own) for (const one of [...about.papers, ...about.searches]) titles.set(keyOf(one), own);
  return titles;
}

/** The addresses that a row of a list or a link in a page leads to. */
export function addressesOf(one, title, scope = "arxiv") {
  const search = searchFor(title, scope);
  if (one.venue !== undefined) return { paper: null, abstract: null, search };
  return {
    paper: paperUrl(one),
    abstract: abstractUrl(one),
    search: isVenue(one) ? search : null,
  };
}
