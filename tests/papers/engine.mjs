// node engine.mjs QUESTION ANSWER: what the extension's engine says to texts, papers and queries.

import { readFileSync, writeFileSync } from "node:fs";

import {
  abstractUrl, combinedLinks, find, paperUrl, pdfUrl, searchUrl,
} from "../../extension/src/engine/index.js";

const [, , question, answer] = process.argv;
const { texts = [], papers = [], queries = [], timed = [] } = JSON.parse(readFileSync(question, "utf8"));

// Processor time of the best of several runs, in seconds.
function duration(text) {
  const runs = [1, 2, 3, 4].map(() => {
    const start = process.cpuUsage();
    find(text);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6;
  });
  return Math.min(...runs);
}

writeFileSync(answer, JSON.stringify({
  found: texts.map((text) => find(text)),
  addresses: papers.map((paper) => [paperUrl(paper), abstractUrl(paper), pdfUrl(paper)]),
  combined: combinedLinks(papers),
  durations: timed.map(duration),
  searches: queries.map((query) => [searchUrl(query), searchUrl(query, "venue")]),
}));
