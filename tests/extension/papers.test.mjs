// The modules that need no browser: what a click means, titles, searches, Markdown, settings.

import assert from "node:assert/strict";
import { test } from "node:test";

import { answer } from "../../extension/src/click.js";
import { identify } from "../../extension/src/identify.js";
import { entered, openingOf, suggestions } from "../../extension/src/omnibox.js";
import {
  asQuery, combined, findAll, markdownOf, searchFor, titlesOf,
} from "../../extension/src/papers.js";
import { checked } from "../../extension/src/settings.js";

const SETTINGS = checked(null);
const FORUM = "https://openreview.net/forum?id=4xvE6Iy77Y";
const VENUE = "https://papers.cool/venue/4xvE6Iy77Y@OpenReview";
const NEURIPS = "https://proceedings.neurips.cc/paper_files/paper/2017/hash/"
  + "3f5ee243547dee91fbd053c1c4a845aa-Abstract.html";
const page = (change) => ({
  address: "https://example.com/", selection: "", title: "", metas: [], links: [], text: "",
  ...change,
});
const click = (change) => ({
  addresses: [undefined, "https://example.com/", undefined], ...change,
});
const closed = async () => null;

test("each source is asked only when those before it have nothing", async () => {
  let reads = 0;
  const read = async () => { reads += 1; return page({ metas: ["arXiv:2005.14165"] }); };
  const full = click({
    selection: "arXiv:1706.03762", link: "https://arxiv.org/abs/1810.04805",
    addresses: ["https://arxiv.org/abs/1512.03385"],
  });
  const order = [];
  for (const source of ["selection", "link", "addresses", "none"]) {
    order.push((await answer(full, read, SETTINGS)).open[0].slice(-10));
    full[source] = source === "addresses" ? [] : undefined;
  }
  assert.deepEqual(order, ["1706.03762", "1810.04805", "1512.03385", "2005.14165"]);
  assert.equal(reads, 1);
});

test("a click that finds nothing always has something to say", async () => {
  const read = async () => page();
  assert.equal((await answer(click(), read, SETTINGS)).message, "noticeNothing");
  assert.equal((await answer(click(), closed, SETTINGS)).message, "noticeUnreadable");
  const untitled = click({ link: NEURIPS });
  assert.equal((await answer(untitled, read, SETTINGS)).message, "noticeUntitled");
  const here = click({ addresses: ["https://papers.cool/arxiv/1706.03762?x=1#y"] });
  assert.equal((await answer(here, read, SETTINGS)).message, "noticeHere");
});

test("words are searched for where the options say, also where a page is closed", async () => {
  const words = click({ selection: "  扩散\n模型 & C#+\u00ad " });
  const { open } = await answer(words, closed, { ...SETTINGS, scope: "venue" });
  assert.equal(new URL(open[0]).searchParams.get("query"), "扩散 模型 & C#+");
  assert.equal(new URL(open[0]).pathname, "/venue/search");
});

test("a venue paper brings its title, and on demand the search for it", async () => {
  const read = async () => page({ links: [[FORUM, "pdf"], [FORUM, " Learning  to look "]] });
  const plain = await answer(click({ link: FORUM }), read, SETTINGS);
  assert.deepEqual(plain.open, [VENUE]);
  assert.equal(plain.known[0].title, "Learning to look");
  const both = await answer(click({ link: FORUM }), read, { ...SETTINGS, titleToo: true });
  assert.deepEqual(both.open, [VENUE, searchFor("Learning to look", "arxiv")]);
});

test("papers known by title only are counted when they are not opened", async () => {
  const read = async () => page({ links: [[NEURIPS, "Attention Is All You Need"]] });
  const one = await answer(click({ link: NEURIPS }), read, SETTINGS);
  assert.deepEqual(one, { open: [searchFor("Attention Is All You Need", "arxiv")] });
  const mixed = await answer(click({ selection: `1706.03762 ${NEURIPS}` }), read, SETTINGS);
  assert.deepEqual(mixed.aside, { message: "noticeLeft", count: 1 });
});

test("many papers are spread over a few tabs, and the rest is told", async () => {
  const ids = Array.from({ length: 300 }, (_, n) => `2401.${String(n + 1).padStart(5, "0")}`);
  const { open, aside } = await answer(click({ selection: ids.join(" ") }), closed, SETTINGS);
  assert.equal(open.length, 6);
  assert.deepEqual(open.flatMap((one) => one.split("/").at(-1).split(",")), ids.slice(0, 240));
  assert.deepEqual(aside, { message: "noticeMany", count: 60 });
  assert.deepEqual(combined([]), { addresses: [], left: 0 });
});

test("texts are read apart and each paper comes once", () => {
  const texts = ["arXiv:", null, "1706.03762v2", "", "https://arxiv.org/abs/1706.03762"];
  const { papers } = findAll(texts);
  assert.deepEqual(papers.map((one) => one.id), ["1706.03762"]);
});

test("a page's own title wins over the words of links to it", () => {
  const about = page({
    address: FORUM, title: "The true title", links: [[FORUM, "A longer text about something else"]],
  });
  assert.equal(titlesOf(about).get("openreview:4xvE6Iy77Y"), "The true title");
  assert.equal(titlesOf(null).size, 0);
  for (const words of ["PDF", "View PDF", "arXiv:1706.03762 [cs.CL]", "", "https://a.b/c d"]) {
    const titles = titlesOf(page({ links: [["https://arxiv.org/abs/1706.03762", words]] }));
    assert.equal(titles.size, 0, words);
  }
});

test("a query is one line of words, or nothing", () => {
  assert.equal(asQuery(" a\n\tb\u0000c "), "a b c");
  assert.equal(asQuery("trans\u00adformer"), "transformer");
  for (const nothing of [null, undefined, "", " \n", "—— … !?", "🙂"]) {
    assert.equal(asQuery(nothing), "");
  }
  for (const words of ["扩散模型", "Диффузия", "نماذج", "मॉडल", "확산", "7"]) {
    assert.equal(asQuery(words), words);
  }
  assert.equal([...asQuery("𝔸".repeat(500))].length, 300);
  assert.doesNotThrow(() => searchFor("a\ud800b", "arxiv"));
});

test("Markdown holds whatever a title holds", () => {
  const paper = { kind: "arxiv", id: "1706.03762" };
  const link = "(https://papers.cool/arxiv/1706.03762)";
  assert.equal(markdownOf(paper), `[arXiv 1706.03762]${link}`);
  assert.equal(markdownOf(paper, "a [b] *c* `d` <e>\n_f_\\"),
    `[a \\[b\\] \\*c\\* \\\`d\\\` \\<e\\> \\_f\\_\\\\]${link}`);
});

test("content scripts are answered in order, whatever they send", () => {
  const items = [
    { texts: ["https://example.com/", "arXiv:1706.03762"], title: "x" },
    { texts: [FORUM], title: "Learning to look" },
    { texts: [FORUM], title: "" },
    { texts: [NEURIPS], title: "Attention Is All You Need" },
    { texts: [NEURIPS], title: "" },
    { texts: "no list" }, null, {},
  ];
  const answers = identify(items, "arxiv");
  assert.deepEqual(answers.map((one) => one && [one.paper, one.search]), [
    ["https://papers.cool/arxiv/1706.03762", null],
    [VENUE, searchFor("Learning to look", "arxiv")],
    [VENUE, null],
    [null, searchFor("Attention Is All You Need", "arxiv")],
    null, null, null, null,
  ]);
  assert.deepEqual(identify("nonsense", "arxiv"), []);
});

test("the address bar offers what it will open", () => {
  const both = suggestions("1706.03762 2024.naacl-long.431", "venue");
  assert.deepEqual(both.map((one) => one.names ?? one.search), [
    ["arXiv 1706.03762", "ACL 2024.naacl-long.431"], ["arXiv 1706.03762"],
    ["ACL 2024.naacl-long.431"], "venue", "arxiv",
  ]);
  assert.deepEqual(suggestions("—", "arxiv"), []);
  for (const one of suggestions("C# & D+", "arxiv")) {
    assert.deepEqual(entered(one.address, "arxiv"), [one.address]);
  }
  assert.deepEqual(entered("1706.03762", "arxiv"), ["https://papers.cool/arxiv/1706.03762"]);
  assert.equal(openingOf("newBackgroundTab"), "background");
  assert.equal(openingOf("whatever comes later"), "same");
});

test("settings are only ever what the program knows", () => {
  const defaults = { opening: "new", scope: "arxiv", titleToo: false, sites: [] };
  for (const stored of [null, undefined, 7, "x", [], {}, { opening: "sideways", sites: "acl" }]) {
    assert.deepEqual(checked(stored), defaults);
  }
  const kept = checked({ opening: "same", titleToo: 1, sites: ["pmlr", "evil", "arxiv", "arxiv"] });
  assert.deepEqual(kept, { ...defaults, opening: "same", sites: ["arxiv", "pmlr"] });
});
