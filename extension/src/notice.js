/**
 * What a click could not do is said in the popup. Where the browser does not let the popup be
 * opened, a mark on the button says that it has something to say.
 */

import { api, say } from "./browser.js";

const MARK = "!";
const QUESTION = "?";
const COLOUR = "#a6301f";
/** A page that has not loaded by then keeps its button unmarked; a background is asleep by then. */
const LOADING_MS = 25_000;

/** @param {{message: string, count?: number}} notice a name in `_locales`, with its number */
export async function tell(notice, { show = true } = {}) {
  await api.storage.session.set({ notice });
  await api.action.setBadgeBackgroundColor({ color: COLOUR });
  await api.action.setBadgeText({ text: MARK });
  if (!show) return;
  try {
    await api.action.openPopup();
  } catch {
    // No window in front, or a browser that opens popups only by hand: the mark stays.
  }
}

/** The notice that waits, once. */
export async function takeNotice() {
  const { notice } = await api.storage.session.get("notice");
  await api.storage.session.remove("notice");
  await api.action.setBadgeText({ text: "" });
  return notice ?? null;
}

/**
 * Remembers the titles of venue papers that were opened in a tab: when papers.cool has not got the
 * paper, the popup over that tab offers the search for its title.
 */
export async function remember(tabId, papers) {
  if (!(tabId >= 0) || !papers?.length) return;
  const { opened = [] } = await api.storage.session.get("opened");
  const others = opened.filter((one) => one.tabId !== tabId);
  await api.storage.session.set({ opened: [...others, { tabId, papers }].slice(-50) });
  if (papers.some((paper) => paper.title)) markWhenLoaded(tabId);
}

/** Loading a page takes marks off the button, so the mark for the search comes after it. */
async function markWhenLoaded(tabId) {
  const updated = (id, change) => {
    if (id !== tabId || change.status !== "complete") return;
    api.tabs.onUpdated.removeListener(updated);
    mark(tabId);
  };
  api.tabs.onUpdated.addListener(updated);
  setTimeout(() => api.tabs.onUpdated.removeListener(updated), LOADING_MS);
  // A quick page has loaded before anybody listened. A blank one that is still to load says the
  // same of itself, and loses this mark, so the listener stays.
  const { status } = await api.tabs.get(tabId).catch(() => ({}));
  if (status === "complete") mark(tabId);
}

/** A tab that was closed meanwhile needs no mark. */
function mark(tabId) {
  Promise.all([
    api.action.setBadgeBackgroundColor({ tabId, color: COLOUR }),
    api.action.setBadgeText({ tabId, text: QUESTION }),
    api.action.setTitle({ tabId, title: say("buttonSearch") }),
  ]).catch(() => {});
}

export async function remembered(tabId) {
  const { opened = [] } = await api.storage.session.get("opened");
  return opened.find((one) => one.tabId === tabId)?.papers ?? [];
}
