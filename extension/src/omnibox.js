/** The word "papers" in the address bar: ids and addresses open, anything else is searched for. */

import { api, say } from "./browser.js";
import { asQuery, combined, findAll, isVenue, nameOf, searchFor } from "./papers.js";

const OPENINGS = { currentTab: "same", newForegroundTab: "new", newBackgroundTab: "background" };

/** What would be opened for typed words, most likely first. Pure. */
export function suggestions(typed, scope) {
  const found = findAll([typed]);
  const made = found.papers.length ? [offer(found.papers)] : [];
  const families = [found.papers.filter((one) => !isVenue(one)), found.papers.filter(isVenue)];
  if (families.every((family) => family.length)) made.push(...families.map(offer));
  for (const first of scope === "venue" ? ["venue", "arxiv"] : ["arxiv", "venue"]) {
    const address = searchFor(typed, first);
    if (address) made.push({ address, search: first, words: asQuery(typed) });
  }
  return made;
}

function offer(papers) {
  return { address: combined(papers).addresses[0], names: papers.map(nameOf) };
}

/** Chrome reads a suggestion as XML, Firefox as it is: what would need escaping is left out. */
function plain(words) {
  return words.replace(/[<>&"']/g, " ");
}

function described(one) {
  if (one.names) return plain(say("omniboxOpen", one.names.join(", ")));
  return plain(say(one.search === "venue" ? "searchVenue" : "searchArxiv", one.words));
}

export function suggest(typed, scope, show) {
  const [first, ...others] = suggestions(typed, scope);
  api.omnibox.setDefaultSuggestion({ description: first ? described(first) : say("omniboxHint") });
  show(others.map((one) => ({ content: one.address, description: described(one) })));
}

/** The addresses for what was entered: one of the suggestions' own, or what the words lead to. */
export function entered(text, scope) {
  if (/^https:\/\/papers\.cool\/(arxiv|venue)\/search\?/.test(text)) return [text];
  const links = combined(findAll([text]).papers).addresses;
  return links.length ? links : [searchFor(text, scope)].filter(Boolean);
}

export function openingOf(disposition) {
  return OPENINGS[disposition] ?? "same";
}
