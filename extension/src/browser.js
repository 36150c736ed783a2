/** The browser's own interface, whatever its name, and its messages in the user's language. */

export const api = globalThis.browser ?? globalThis.chrome;

/**
 * A message of `_locales` in the browser's language.
 * @param {string} name
 * @param {...(string|number)} values what stands for its placeholders, in order
 * @returns {string}
 */
export function say(name, ...values) {
  return api.i18n.getMessage(name, values.map(String)) || name;
}

/** Puts messages into a page: `data-say` names an element's text, `data-say-NAME` an attribute's. */
export function translate(root = document) {
  document.documentElement.lang = say("language");
  for (const element of root.querySelectorAll("[data-say]")) {
    element.textContent = say(element.dataset.say);
  }
  for (const attribute of ["placeholder", "aria-label", "title"]) {
    for (const element of root.querySelectorAll(`[data-say-${attribute}]`)) {
      element.setAttribute(attribute, say(element.getAttribute(`data-say-${attribute}`)));
    }
  }
}
