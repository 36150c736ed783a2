/** The popup: the papers of the page in front, a box for pasting, and what a click could not do. */

import { api, say, translate } from "../browser.js";
import { remembered, takeNotice } from "../notice.js";
import { asQuery, findAll, keyOf, titlesOf } from "../papers.js";
import { readSettings } from "../settings.js";
import { activeTab, openTabs, readTab } from "../tabs.js";
import { fill, fillSearches } from "./rows.js";

const at = (id) => document.getElementById(id);
const NOTHING = new Map();

/** The tab whose page is shown: the one in front, or the one that the address names. */
async function tabInFront() {
  const named = Number(new URLSearchParams(location.search).get("tab") ?? NaN);
  return Number.isInteger(named) ? api.tabs.get(named) : activeTab();
}

async function showNotice() {
  const notice = await takeNotice();
  at("notice").hidden = !notice;
  if (!notice) return;
  at("notice").textContent = say(notice.message, ...(notice.count ? [notice.count] : []));
}

function without(found, others) {
  const seen = new Set([...others.papers, ...others.searches].map(keyOf));
  const fresh = (one) => !seen.has(keyOf(one));
  return { papers: found.papers.filter(fresh), searches: found.searches.filter(fresh) };
}

async function showPage(tab, scope, doing) {
  const page = await readTab(tab, { text: true });
  const titles = titlesOf(page);
  for (const paper of await remembered(tab?.id)) {
    if (paper.title) titles.set(keyOf(paper), paper.title);
  }
  const here = findAll([page?.selection, page?.address ?? tab?.url, ...(page?.metas ?? [])]);
  const links = (page?.links ?? []).map(([address]) => address);
  const mentioned = without(findAll([...links, page?.text]), here);
  fill(at("here"), here, titles, scope, doing);
  fill(at("mentioned"), mentioned, titles, scope, doing);
  const none = [here, mentioned].every((found) => !found.papers.length && !found.searches.length);
  at("empty").textContent = say(page ? "popupNothing" : "popupClosed");
  at("empty").hidden = !none || !at("notice").hidden;
  fillSearches(at("searches"), asQuery(page?.selection), scope, doing);
}

function showPasted(scope, doing) {
  const text = at("paste").value;
  const found = findAll([text]);
  fill(at("pasted"), found, NOTHING, scope, doing);
  const nothing = !found.papers.length && !found.searches.length;
  fillSearches(at("pasted-searches"), nothing ? asQuery(text) : "", scope, doing);
  if (!text.trim()) at("said").textContent = "";
  else at("said").textContent = say("popupCount", found.papers.length + found.searches.length);
}

async function main() {
  translate();
  document.title = say("name");
  const [settings, tab] = await Promise.all([readSettings(), tabInFront()]);
  const doing = {
    open: async (addresses) => {
      await openTabs(addresses, settings.opening, tab);
      window.close();
    },
    copy: async (text, said) => {
      try {
        await navigator.clipboard.writeText(text);
        at("said").textContent = said;
      } catch {
        at("said").textContent = say("copyFailed");
      }
      at("notice").textContent = at("said").textContent;
      at("notice").hidden = false;
    },
  };
  at("options").addEventListener("click", async () => {
    await api.runtime.openOptionsPage();
    window.close();
  });
  at("paste").addEventListener("input", () => showPasted(settings.scope, doing));
  await showNotice();
  await showPage(tab, settings.scope, doing);
  document.body.dataset.ready = "yes";
}

main();
