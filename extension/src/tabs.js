/** Opening addresses as the user wants them, and reading the page of a tab. */

import { api } from "./browser.js";
import { readPage } from "./page.js";

/**
 * Opens addresses beside the tab they come from.
 * @param {string[]} addresses
 * @param {"new"|"background"|"same"} opening how the first is opened; the others stay behind it
 * @param {object} [from] the tab that was clicked in
 * @returns {Promise<(object|undefined)[]>} the tabs, in the order of the addresses
 */
export async function openTabs(addresses, opening, from) {
  const beside = from && from.id >= 0 ? from : await activeTab();
  const tabs = [];
  for (const url of addresses) {
    const first = tabs.length === 0;
    if (first && opening === "same" && beside) {
      tabs.push(await api.tabs.update(beside.id, { url }));
      continue;
    }
    const place = beside
      ? { index: beside.index + 1 + tabs.length, windowId: beside.windowId, openerTabId: beside.id }
      : {};
    tabs.push(await api.tabs.create({ url, active: first && opening === "new", ...place }));
  }
  return tabs;
}

/** Whether a content script may have an address opened: a page could speak through it. */
export function isOurs(address) {
  return typeof address === "string" && address.startsWith("https://papers.cool/");
}

export async function activeTab() {
  const [tab] = await api.tabs.query({ active: true, lastFocusedWindow: true });
  return tab;
}

/** What `readPage` tells of a tab, or null where the browser lets no extension read. */
export async function readTab(tab, wanted = { text: false }) {
  if (!tab || !(tab.id >= 0)) return null;
  try {
    const [done] = await api.scripting.executeScript({
      target: { tabId: tab.id }, func: readPage, args: [wanted],
    });
    return done?.result ?? null;
  } catch {
    // The browser's own pages, the store, and PDF viewers are closed to extensions.
    return null;
  }
}
