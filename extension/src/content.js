/**
 * Puts links to papers.cool into the pages of a site that the user switched on. A classic script,
 * which can import nothing: it knows where in a page links belong, and asks the background, which
 * has the rules, what the addresses there name.
 */
"use strict";
(() => {
  if (globalThis.gezhiPapers) {
    globalThis.gezhiPapers.start();
    return;
  }
  const api = globalThis.browser ?? globalThis.chrome;
  const MARK = "data-gezhi-papers";
  const MOST = 2000;
  const PAUSE = 120;

  // of: what the link is for: the paper of the page, or the paper that the element's address names.
  // put: where, seen from the element. as: the element that holds the link.
  const HOOKS = {
    "arxiv.org": ["arxiv", [
      { of: "page", at: "div.full-text ul", put: "in", as: "li" },
      { of: "link", at: 'dl#articles dt > a[title="Abstract"]', put: "after" },
    ]],
    "openreview.net": ["openreview", [
      {
        of: "page", at: ".forum-title h2, h2.citation_title", else: "h1, h2", put: "in",
        path: /^\/forum$/,
      },
      { of: "link", at: 'a[href^="/forum?id="]', put: "after" },
    ]],
    "aclanthology.org": ["acl", [
      { of: "page", at: "div.acl-paper-link-block", put: "in" },
      { of: "link", at: "strong > a.align-middle[href]", put: "after" },
    ]],
    "proceedings.mlr.press": ["pmlr", [
      { of: "page", at: "#extras ul", put: "in", as: "li" },
      {
        of: "link", at: 'div.paper p.links a[href$=".html"]', put: "last",
        title: [".paper", ".title"],
      },
    ]],
    "openaccess.thecvf.com": ["cvf", [
      { of: "page", at: "#papertitle", put: "after", as: "div" },
      { of: "link", at: "dt.ptitle > a[href]", put: "after" },
    ]],
    "huggingface.co": ["huggingface", [
      { of: "page", at: "main h1", put: "after", as: "div", path: /^\/papers\/[0-9]/ },
      { of: "link", at: 'h3 > a[href^="/papers/"]', put: "after" },
    ]],
  };
  const [site, hooks] = HOOKS[location.hostname] ?? ["", []];
  /** What was put where: element of the page → { signature, node }. */
  const placed = new Map();
  let observer = null;
  let timer = 0;
  let busy = false;
  let again = false;

  const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content?.trim() ?? "";
  const words = (element) => (element?.textContent ?? "").replace(/\s+/g, " ").trim();

  function pageTexts() {
    const arxiv = meta("citation_arxiv_id");
    const said = [arxiv && `arXiv:${arxiv}`, meta("citation_doi"), meta("citation_pdf_url")];
    return [location.href, ...said.filter(Boolean)];
  }

  /** An element's words without the links that stand in it by our doing. */
  function ownWords(element) {
    const copy = element?.cloneNode(true);
    copy?.querySelectorAll(`[${MARK}]`).forEach((node) => node.remove());
    return words(copy);
  }

  /** Where the link for the page's own paper goes; failing its place, beside the page's title. */
  function pagePlace(hook) {
    if (hook.path && !hook.path.test(location.pathname)) return null;
    const title = meta("citation_title");
    const headings = hook.else ? [...document.querySelectorAll(hook.else)] : [];
    return document.querySelector(hook.at)
      ?? headings.find((heading) => title && ownWords(heading) === title) ?? null;
  }

  /** In-page navigation can leave an old meta tag behind, so a heading that holds the link wins. */
  function pageTitle(hook, element) {
    const heading = hook.put === "in" && /^h[1-3]$/i.test(element.tagName);
    if (heading) return ownWords(element);
    return meta("citation_title") || ownWords(document.querySelector("h1"));
  }

  function linkTitle(hook, link) {
    if (!hook.title) return words(link);
    return words(link.closest(hook.title[0])?.querySelector(hook.title[1]));
  }

  /** Every place of the page as it now is, with what names the paper there. */
  function places() {
    const found = new Map();
    for (const hook of hooks) {
      if (hook.of === "page") {
        const element = pagePlace(hook);
        const title = element ? pageTitle(hook, element) : "";
        if (element) found.set(element, { hook, texts: pageTexts(), title });
        continue;
      }
      for (const link of document.querySelectorAll(hook.at)) {
        // Icons, permalinks of a comment, and links inside our own say nothing new.
        if (!words(link) || link.href.includes("noteId=") || link.closest(`[${MARK}]`)) continue;
        if (found.size >= MOST) break;
        if (found.has(link)) continue;
        found.set(link, { hook, texts: [link.href], title: linkTitle(hook, link) });
      }
    }
    return found;
  }

  async function update() {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      const now = places();
      for (const [element, { node, signature }] of placed) {
        const place = now.get(element);
        if (place && element.isConnected && node.isConnected && signature === sign(place)) continue;
        node.remove();
        placed.delete(element);
      }
      const fresh = [...now].filter(([element]) => !placed.has(element));
      if (fresh.length) await ask(fresh);
    } catch {
      // The extension was switched off or renewed: this copy of the script has nobody to ask.
      quit();
    } finally {
      busy = false;
    }
    if (again) {
      again = false;
      later();
    }
  }

  const sign = ({ texts, title }) => JSON.stringify([texts, title]);

  async function ask(fresh) {
    const items = fresh.map(([, { texts, title }]) => ({ texts, title }));
    const answers = await api.runtime.sendMessage({ type: "identify", items });
    if (!observer || !Array.isArray(answers)) return;
    fresh.forEach(([element, place], index) => {
      const node = answers[index] && element.isConnected ? links(place.hook, answers[index]) : null;
      if (!node) return;
      put(element, node, place.hook.put);
      placed.set(element, { node, signature: sign(place) });
    });
  }

  function put(element, node, where) {
    if (where === "in") element.append(node);
    else if (where === "last") element.parentElement.append(node);
    else element.after(node);
  }

  function links(hook, { name, paper, search }) {
    const holder = document.createElement(hook.as ?? "span");
    holder.className = "gezhi-papers";
    holder.setAttribute(MARK, site);
    if (paper) holder.append(link(paper, "Cool Papers", say("inPagePaper", name)));
    if (search) holder.append(link(search, say("inPageSearch"), say("inPageSearchLong", name)));
    return holder;
  }

  function link(address, label, description) {
    const made = document.createElement("a");
    made.href = address;
    made.textContent = label;
    made.title = description;
    made.rel = "noopener noreferrer";
    made.addEventListener("click", follow);
    return made;
  }

  /** A plain click opens as the options say; one with a key held is the browser's own affair. */
  function follow(event) {
    const held = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (!event.isTrusted || event.button || held) return;
    const address = event.currentTarget.href;
    event.preventDefault();
    event.stopPropagation();
    try {
      api.runtime.sendMessage({ type: "open", address }).catch(() => location.assign(address));
    } catch {
      location.assign(address);
    }
  }

  const say = (name, ...values) => api.i18n.getMessage(name, values) || name;

  function later() {
    clearTimeout(timer);
    timer = setTimeout(update, PAUSE);
  }

  const ours = (node) => node.nodeType === 1 && node.hasAttribute(MARK);
  function changed(records) {
    const foreign = records.some((record) => record.type !== "childList"
      || [...record.addedNodes].some((node) => !ours(node))
      || record.removedNodes.length > 0);
    if (foreign) later();
  }

  function start() {
    if (observer) return;
    // What an earlier copy of this script left, before the extension was renewed.
    document.querySelectorAll(`[${MARK}]`).forEach((node) => node.remove());
    observer = new MutationObserver(changed);
    observer.observe(document.documentElement, {
      childList: true, subtree: true, attributes: true, attributeFilter: ["href", "content"],
    });
    update();
  }

  function quit() {
    clearTimeout(timer);
    observer?.disconnect();
    observer = null;
  }

  function remove() {
    quit();
    for (const { node } of placed.values()) node.remove();
    placed.clear();
  }

  api.runtime.onMessage.addListener((message) => {
    if (message?.type === "remove" && message.sites?.includes(site)) remove();
  });
  globalThis.gezhiPapers = { start };
  start();
})();
