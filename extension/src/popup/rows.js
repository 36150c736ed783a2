/** The lists of the popup: one row a paper, and what can be done with all of them. */

import { say } from "../browser.js";
import { pdfUrl } from "../engine/index.js";
import {
  addressesOf, combined, keyOf, kindName, markdownOf, nameOf, searchFor,
} from "../papers.js";

/** The box for pasting stands below the lists and should be in sight. */
const FIRST_ROWS = 8;

/**
 * @typedef {object} Doing what a row can ask for
 * @property {(addresses: string[]) => void} open
 * @property {(text: string, said: string) => void} copy
 */

function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  Object.assign(made, properties);
  made.append(...children);
  return made;
}

/** A link that opens as the options say; one with a key held is the browser's own affair. */
function link(address, label, doing, properties = {}) {
  const made = element("a", { href: address, textContent: label, target: "_blank", ...properties });
  made.rel = "noopener noreferrer";
  made.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    doing.open([address]);
  });
  return made;
}

function button(label, act, className, description) {
  const made = element("button", { type: "button", textContent: label, className });
  if (description) made.setAttribute("aria-label", description);
  made.addEventListener("click", act);
  return made;
}

/** One paper: its title, where it is, and its ways out. */
export function row(one, title, scope, doing) {
  const { paper, abstract, search } = addressesOf(one, title, scope);
  const first = paper ?? search;
  const name = nameOf(one);
  const item = element("li", { className: "paper" });
  const label = title || one.id;
  const className = title ? "paper__open" : "paper__open paper__open--id";
  const plain = element("span", { className, textContent: label });
  item.append(first ? link(first, label, doing, { className }) : plain);
  const where = element("p", { className: "paper__name" }, kindName(one));
  if (title && paper) where.append(" ", element("code", { textContent: one.id }));
  if (!paper) where.append(` · ${say(search ? "rowTitleOnly" : "rowTitleUnknown")}`);
  item.append(where);

  const more = element("div", { className: "paper__more" });
  const labelled = (message) => ({ ariaLabel: say("rowOf", say(message), name) });
  if (paper && search) more.append(link(search, say("rowSearch"), doing, labelled("rowSearch")));
  if (abstract) more.append(link(abstract, say("rowAbstract"), doing, labelled("rowAbstract")));
  const pdf = paper ? pdfUrl(one) : null;
  if (pdf) more.append(link(pdf, say("rowPdf"), doing, labelled("rowPdf")));
  if (paper) {
    more.append(
      copier("copyLink", paper, name, doing),
      copier("copyMarkdown", markdownOf(one, title), name, doing),
    );
  }
  if (more.childNodes.length) item.append(more);
  return item;
}

function copier(message, text, name, doing) {
  const act = () => doing.copy(text, say("copied"));
  return button(say(message), act, "plain", say("rowOf", say(message), name));
}

/**
 * Fills a section with papers, and shows it when there are any.
 * @param {HTMLElement} section with `.papers` and `.all` in it
 */
export function fill(section, found, titles, scope, doing) {
  const list = section.querySelector(".papers");
  const ones = [...found.papers, ...found.searches];
  const make = (one) => row(one, titles.get(keyOf(one)) ?? "", scope, doing);
  section.querySelector(".rest")?.remove();
  list.replaceChildren(...ones.slice(0, FIRST_ROWS).map(make));
  const rest = ones.slice(FIRST_ROWS);
  if (rest.length) {
    const more = button(say("showRest", rest.length), () => {
      const rows = rest.map(make);
      list.append(...rows);
      more.remove();
      rows[0].querySelector("a, button")?.focus();
    }, "button button--quiet rest");
    section.append(more);
  }
  section.querySelector(".all").replaceChildren(...forAll(found.papers, titles, doing));
  section.hidden = ones.length === 0;
}

function forAll(papers, titles, doing) {
  if (papers.length < 2) return [];
  const links = () => papers.map((one) => addressesOf(one).paper).join("\n");
  const item = (one) => `- ${markdownOf(one, titles.get(keyOf(one)))}`;
  const markdown = () => papers.map(item).join("\n");
  const { addresses, left } = combined(papers);
  const opening = left ? say("openFirst", papers.length - left) : say("openAll", papers.length);
  return [
    button(opening, () => doing.open(addresses), "button"),
    button(say("copyLinks"), () => doing.copy(links(), say("copied")), "button button--quiet"),
    button(say("copyMarkdown"), () => doing.copy(markdown(), say("copied")), "button button--quiet",
      say("copyAllMarkdown")),
  ];
}

/** Both searches for some words, the chosen one first. */
export function fillSearches(list, words, scope, doing) {
  const scopes = scope === "venue" ? ["venue", "arxiv"] : ["arxiv", "venue"];
  const shown = words.length > 60 ? `${[...words].slice(0, 60).join("")}…` : words;
  const items = words ? scopes.map((one) => element("li", {}, link(
    searchFor(words, one), say(one === "venue" ? "searchVenue" : "searchArxiv", shown), doing,
  ))) : [];
  list.replaceChildren(...items);
  list.hidden = items.length === 0;
}
