/** What the user chose on the options page, kept in this browser only. */

import { api } from "./browser.js";
import { SITES } from "./sites.js";

/** Where links open, and which of the site's two searches takes words. */
export const OPENINGS = ["new", "background", "same"];
export const SCOPES = ["arxiv", "venue"];

const DEFAULTS = { opening: "new", scope: "arxiv", titleToo: false, sites: [] };

/**
 * Settings in which every value is one that the program knows, whatever was stored.
 * @returns {{opening: string, scope: string, titleToo: boolean, sites: string[]}}
 */
export function checked(stored) {
  const given = { ...DEFAULTS, ...(stored && typeof stored === "object" ? stored : {}) };
  const sites = Array.isArray(given.sites) ? given.sites : [];
  return {
    opening: OPENINGS.includes(given.opening) ? given.opening : DEFAULTS.opening,
    scope: SCOPES.includes(given.scope) ? given.scope : DEFAULTS.scope,
    titleToo: given.titleToo === true,
    sites: SITES.map((site) => site.id).filter((id) => sites.includes(id)),
  };
}

export async function readSettings() {
  const { settings } = await api.storage.local.get("settings");
  return checked(settings);
}

export async function changeSettings(change) {
  const settings = checked({ ...(await readSettings()), ...change });
  await api.storage.local.set({ settings });
  return settings;
}
