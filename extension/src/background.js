/** Listens to the browser; what an event means is decided in the modules beside this one. */

import { api, say } from "./browser.js";
import { answer } from "./click.js";
import { identify } from "./identify.js";
import { remember, tell } from "./notice.js";
import { entered, openingOf, suggest } from "./omnibox.js";
import { forget, register, registerAfresh } from "./registration.js";
import { readSettings } from "./settings.js";
import { activeTab, isOurs, openTabs, readTab } from "./tabs.js";

const MENU = "open";

offerMenu();
api.runtime.onInstalled.addListener(() => registerAfresh());
api.runtime.onStartup.addListener(() => register());

api.contextMenus.onClicked.addListener((info, tab) => handle(info, tab));

api.commands.onCommand.addListener(async (command, tab) => {
  if (command !== "open-current-page") return;
  const from = tab ?? (await activeTab());
  const page = await readTab(from);
  await handle({ selectionText: page?.selection, pageUrl: from?.url }, from);
});

api.omnibox.onInputChanged.addListener(async (typed, show) => {
  suggest(typed, (await readSettings()).scope, show);
});
api.omnibox.onInputEntered.addListener(async (text, disposition) => {
  const addresses = entered(text, (await readSettings()).scope);
  if (addresses.length) await openTabs(addresses, openingOf(disposition));
  else await tell({ message: "noticeEmpty" });
});

api.permissions.onAdded.addListener(() => register());
api.permissions.onRemoved.addListener(({ origins }) => forget(origins));
api.storage.onChanged.addListener((changes, area) => {
  if (area === "local" && changes.settings) register();
});

api.runtime.onMessage.addListener((message, sender, reply) => {
  if (sender.id !== api.runtime.id) return false;
  if (message?.type === "identify") {
    readSettings().then(({ scope }) => reply(identify(message.items, scope)));
    return true;
  }
  if (message?.type === "open" && isOurs(message.address)) {
    readSettings().then(({ opening }) => openTabs([message.address], opening, sender.tab));
  }
  return false;
});

/** Browsers keep the entry while the background sleeps; then there is only its title to renew. */
function offerMenu() {
  const title = say("menu");
  api.contextMenus.create({ id: MENU, title, contexts: menuContexts() }, () => {
    if (api.runtime.lastError) api.contextMenus.update(MENU, { title });
  });
}

/** Firefox has a menu on its tabs too, which "all" leaves out there. */
function menuContexts() {
  return api.contextMenus.ContextType?.TAB ? ["all", "tab"] : ["all"];
}

/** One click from beginning to end: whatever happens, the user sees something. */
async function handle(info, tab) {
  try {
    const settings = await readSettings();
    const click = {
      selection: info.selectionText,
      link: info.linkUrl,
      addresses: [info.frameUrl, info.pageUrl, tab?.url],
    };
    const found = await answer(click, () => readTab(tab), settings);
    if (found.message) await tell(found);
    else await open(found, tab, settings);
  } catch (error) {
    console.error(error);
    await tell({ message: "noticeFailed" });
  }
}

async function open(found, tab, settings) {
  const tabs = await openTabs(found.open, settings.opening, tab);
  const venue = found.open.findIndex((address) => /\/venue\/(?!search\?)/.test(address));
  if (venue >= 0) await remember(tabs[venue]?.id, found.known);
  if (found.aside) await tell(found.aside, { show: false });
}
