// The addresses of a paper: equal to gezhi.papers.links.

import { fill } from "./checks.js";
import { TABLE } from "./rules.js";

const SPACE = /[ \t\n\r\f\v\x85\xa0\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;
const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

// encodeURIComponent refuses half a character.
function encode(text) {
  return encodeURIComponent(text.replace(LONE, "\ufffd"));
}

// What an id may hold in a path: `@` and `/` stay, the marks that a browser's function leaves go.
function encodeId(text) {
  return encode(text)
    .replace(/%40/g, "@")
    .replace(/%2F/g, "/")
    .replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

function address(paper, which) {
  if (!Object.hasOwn(TABLE.addresses, paper.kind)) {
    const kinds = Object.keys(TABLE.addresses).join(", ");
    throw new RangeError(`the kind of a paper is one of ${kinds}, not ${paper.kind}`);
  }
  for (const [pattern, template] of TABLE.addresses[paper.kind][which]) {
    const found = pattern ? new RegExp(`^(?:${pattern})$`).exec(paper.id) : [paper.id];
    if (found) return fill(template, [...found].map(encodeId));
  }
  return null;
}

/** The paper's page on papers.cool. */
export function paperUrl(paper) {
  return address(paper, "paper");
}

/** The paper's page on its own site, or null where the id does not tell it. */
export function abstractUrl(paper) {
  return address(paper, "abstract");
}

/** The address of the paper's PDF, or null where the id does not tell it. */
export function pdfUrl(paper) {
  return address(paper, "pdf");
}

/** The addresses that open all papers at once: one of arXiv ids, one of venue ids. */
export function combinedLinks(papers) {
  const found = Object.values(TABLE.combined).map((start) => [start, new Set()]);
  for (const paper of papers) {
    const url = paperUrl(paper);
    const [start, names] = found.find(([one]) => url.startsWith(one));
    names.add(url.slice(start.length));
  }
  return found
    .filter(([, names]) => names.size)
    .map(([start, names]) => start + [...names].join(","));
}

/** The address of papers.cool's search for some words; `scope` is "arxiv" or "venue". */
export function searchUrl(query, scope = "arxiv") {
  if (!Object.hasOwn(TABLE.search, scope)) {
    throw new RangeError(`scope is "arxiv" or "venue", not ${JSON.stringify(scope)}`);
  }
  return TABLE.search[scope] + encode(query.replace(SPACE, " ").replace(/^ | $/g, ""));
}
