/** The options page: every change is kept at once, and a site is switched on by its permission. */

import { api, say, translate } from "../browser.js";
import { changeSettings, readSettings } from "../settings.js";
import { SITES } from "../sites.js";

const at = (id) => document.getElementById(id);
const SHORTCUTS = "chrome://extensions/shortcuts";
let fading = 0;

function tell(message) {
  at("said").textContent = message;
  clearTimeout(fading);
  fading = setTimeout(() => { at("said").textContent = ""; }, 4000);
}

async function showSites() {
  const { sites } = await readSettings();
  const rows = await Promise.all(SITES.map(async (site) => {
    const row = document.createElement("label");
    const box = document.createElement("input");
    const host = document.createElement("code");
    box.type = "checkbox";
    box.value = site.id;
    const allowed = await api.permissions.contains({ origins: [site.origin] });
    box.checked = allowed && sites.includes(site.id);
    box.addEventListener("change", () => toggle(site, box));
    host.textContent = new URL(site.origin).hostname;
    row.append(box, `${site.name} `, host);
    return row;
  }));
  at("sites").replaceChildren(...rows);
}

/** The browser asks for a permission only right after a user's own act: nothing comes before. */
async function toggle(site, box) {
  const on = box.checked;
  try {
    const allowed = !on || await api.permissions.request({ origins: [site.origin] });
    box.checked = on && allowed;
    if (on && !allowed) return tell(say("siteRefused", site.name));
    const { sites } = await readSettings();
    const others = sites.filter((id) => id !== site.id);
    await changeSettings({ sites: on ? [...others, site.id] : others });
    if (!on) await api.permissions.remove({ origins: [site.origin] });
    tell(say(on ? "siteOn" : "siteOff", site.name));
  } catch (error) {
    box.checked = !on;
    tell(`${say("siteRefused", site.name)} ${error.message}`);
  }
}

async function showKeys() {
  const rows = [];
  for (const command of await api.commands.getAll()) {
    const name = document.createElement("dt");
    const keys = document.createElement("dd");
    const shown = document.createElement(command.shortcut ? "kbd" : "span");
    const own = command.name.startsWith("_execute_");
    name.textContent = own ? say("commandPopup") : command.description;
    shown.textContent = command.shortcut || say("keysNone");
    keys.append(shown);
    rows.push(name, keys);
  }
  at("keys").replaceChildren(...rows);
}

function changeKeys() {
  if (api.commands.openShortcutSettings) api.commands.openShortcutSettings();
  else api.tabs.create({ url: SHORTCUTS });
}

async function main() {
  translate();
  document.title = `${say("name")} · ${say("options")}`;
  const settings = await readSettings();
  const form = at("form");
  form.elements.opening.value = settings.opening;
  form.elements.scope.value = settings.scope;
  form.elements.titleToo.checked = settings.titleToo;
  form.addEventListener("change", async ({ target }) => {
    if (!target.name) return;
    const value = target.type === "checkbox" ? target.checked : target.value;
    await changeSettings({ [target.name]: value });
    tell(say("saved"));
  });
  at("change-keys").addEventListener("click", changeKeys);
  api.permissions.onRemoved.addListener(showSites);
  await Promise.all([showSites(), showKeys()]);
  document.body.dataset.ready = "yes";
}

main();
