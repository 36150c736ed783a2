// node engine.mjs QUESTION ANSWER: what the extension's engine says to texts, papers and queries.

import { readFileSync, writeFileSync } from "node:fs";

import {
  abstractUrl, combinedLinks, find, paperUrl, pdfUrl, searchUrl,
} from "../../extension/src/engine/index.js";

const [, , question, answer] = process.argv;
const { texts = [], papers = [], queries = [] } = JSON.parse(readFileSync(question, "utf8"));
writeFileSync(answer, JSON.stringify({
  found: texts.map((text) => find(text)),
  addresses: papers.map((paper) => [paperUrl(paper), abstractUrl(paper), pdfUrl(paper)]),
  combined: combinedLinks(papers),
  searches: queries.map((query) => [searchUrl(query), searchUrl(query, "venue")]),
}));
