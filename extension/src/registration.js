/** Which sites the content script runs on: those switched on whose permission is still granted. */

import { api } from "./browser.js";
import { changeSettings, readSettings } from "./settings.js";
import { SITES } from "./sites.js";

const SCRIPT = "src/content.js";
const SHEET = "src/content.css";
let turn = Promise.resolve();

/** After an update the scripts may be others, and those in open tabs have nobody to ask. */
export function registerAfresh() {
  turn = turn.then(async () => {
    await api.scripting.unregisterContentScripts();
    await agree();
  }).catch(agree);
  return turn;
}

/** Makes the registered scripts, and the tabs that are open, agree with the settings. */
export function register() {
  // Two events at once would both see a script missing and register it twice.
  turn = turn.then(agree, agree);
  return turn;
}

async function agree() {
  const wanted = await allowedSites();
  const registered = await api.scripting.getRegisteredContentScripts();
  const present = new Set(registered.map((script) => script.id));
  const gone = [...present].filter((id) => !wanted.some((site) => site.id === id));
  const fresh = wanted.filter((site) => !present.has(site.id));
  if (gone.length) {
    await api.scripting.unregisterContentScripts({ ids: gone });
    await clean(gone);
  }
  for (const site of fresh) {
    await api.scripting.registerContentScripts([{
      id: site.id, matches: site.pages, js: [SCRIPT], css: [SHEET],
      runAt: "document_end", persistAcrossSessions: true,
    }]);
    await insert(site);
  }
}

async function allowedSites() {
  const { sites } = await readSettings();
  const allowed = [];
  for (const site of SITES) {
    if (!sites.includes(site.id)) continue;
    if (await api.permissions.contains({ origins: [site.origin] })) allowed.push(site);
  }
  return allowed;
}

/** Puts the script into the site's tabs that are already open. */
async function insert(site) {
  for (const tab of await api.tabs.query({ url: site.pages })) {
    const target = { tabId: tab.id };
    try {
      await api.scripting.insertCSS({ target, files: [SHEET] });
      await api.scripting.executeScript({ target, files: [SCRIPT] });
    } catch {
      // The tab was closed meanwhile, or shows the browser's own error page.
    }
  }
}

/** Asks the scripts of sites that were switched off to take their links away. */
async function clean(ids) {
  for (const tab of await api.tabs.query({})) {
    api.tabs.sendMessage(tab.id, { type: "remove", sites: ids }).catch(() => {});
  }
}

/** A permission that was taken back in the browser's own settings switches the site off. */
export async function forget(origins = []) {
  const lost = SITES.filter((site) => origins.includes(site.origin)).map((site) => site.id);
  const { sites } = await readSettings();
  if (lost.length) await changeSettings({ sites: sites.filter((id) => !lost.includes(id)) });
  return register();
}
