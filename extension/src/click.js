/** What a click on the menu, or the keyboard's shortcut, leads to. Pure but for `read`. */

import { combined, findAll, isVenue, keyOf, searchFor, titlesOf } from "./papers.js";

const MOST_TITLES = 5;

/**
 * @typedef {object} Click
 * @property {string} [selection] the selected words
 * @property {string} [link] where the link under the pointer leads
 * @property {string[]} addresses of the frame and of the page
 */

/**
 * Looks for papers in the selection, the link, the address and the page's own description, in this
 * order, and else searches for the selected words.
 *
 * @param {Click} click
 * @param {() => Promise<object|null>} read reads the page; null where the browser forbids it
 * @param {{scope: string, titleToo: boolean}} settings
 * @returns {Promise<{open: string[], known?: object[], aside?: object} | {message: string}>} the
 *   addresses to open, the venue papers among them with their titles, and what else to say; or
 *   why there is nothing to open
 */
export async function answer(click, read, settings) {
  let page;
  const reading = async () => (page === undefined ? (page = (await read()) ?? null) : page);
  const sources = [[click.selection], [click.link], click.addresses];
  let untitled = null;
  for (const texts of sources) {
    const found = findAll(texts);
    if (found.papers.length) {
      const titles = titlesOf(needsTitles(found) ? await reading() : null);
      const made = opened(found, titles, settings);
      const here = made.open.every((address) => isHere(address, click));
      return here ? { message: "noticeHere" } : made;
    }
    if (found.searches.length) {
      const searched = byTitle(found.searches, titlesOf(await reading()), settings);
      if (searched) return searched;
      untitled ??= found.searches;
    }
  }
  const described = findAll((await reading())?.metas ?? []);
  if (described.papers.length) return opened(described, titlesOf(page), settings);
  const searched = byTitle(described.searches, titlesOf(page), settings);
  if (searched) return searched;
  const search = searchFor(click.selection, settings.scope);
  if (search) return { open: [search] };
  if (untitled) return { message: "noticeUntitled" };
  return { message: page ? "noticeNothing" : "noticeUnreadable" };
}

/** Whether the page is already the one that would be opened. */
function isHere(address, click) {
  return click.addresses.some((here) => here?.split(/[?#]/)[0] === address);
}

function needsTitles(found) {
  return found.papers.some(isVenue) || found.searches.length > 0;
}

function opened(found, titles, settings) {
  const known = found.papers.filter(isVenue).map((paper) => ({
    kind: paper.kind, id: paper.id, title: titles.get(keyOf(paper)) ?? "",
  }));
  const { addresses: open, left } = combined(found.papers);
  if (settings.titleToo) {
    for (const { title } of known.slice(0, MOST_TITLES)) {
      const search = searchFor(title, settings.scope);
      if (search) open.push(search);
    }
  }
  if (left) return { open, known, aside: { message: "noticeMany", count: left } };
  return { open, known, ...leftOver(found.searches) };
}

function byTitle(searches, titles, settings) {
  const titled = searches.filter((one) => searchFor(titles.get(keyOf(one)), settings.scope));
  if (!titled.length) return null;
  const open = [searchFor(titles.get(keyOf(titled[0])), settings.scope)];
  return { open, ...leftOver(searches.filter((one) => one !== titled[0])) };
}

/** Papers that only a title search finds would need a tab each: the popup tells of the others. */
function leftOver(searches) {
  return searches.length ? { aside: { message: "noticeLeft", count: searches.length } } : {};
}
