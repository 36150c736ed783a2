/**
 * Reads a page. The function is handed to the browser, which runs it inside the page, so it uses
 * nothing from outside itself.
 *
 * @param {{text: boolean}} wanted whether the page's words are wanted too
 * @returns {{address: string, selection: string, title: string, metas: string[],
 *   links: [string, string][], text: string}} `links` are pairs of an address and the link's words
 */
export function readPage(wanted) {
  const MOST_LINKS = 5000;
  const MOST_TEXT = 1_000_000;
  const LONGEST = 2000;
  const saysId = new Set([
    "citation_arxiv_id", "citation_doi", "citation_pdf_url", "citation_abstract_html_url",
    "citation_public_url", "bepress_citation_doi", "bepress_citation_pdf_url", "prism.doi",
    "dc.identifier", "dc.identifier.doi", "dc.identifier.uri", "eprints.id_number", "og:url",
  ]);
  const saysTitle = ["citation_title", "dc.title", "bepress_citation_title", "og:title"];
  const metas = [];
  const titles = {};
  for (const meta of document.querySelectorAll("meta[content]")) {
    const name = (meta.getAttribute("name") ?? meta.getAttribute("property") ?? "").toLowerCase();
    const value = meta.content.slice(0, LONGEST);
    if (saysId.has(name)) metas.push(name === "citation_arxiv_id" ? `arXiv:${value}` : value);
    if (saysTitle.includes(name)) titles[name] ??= value;
  }
  const canonical = document.querySelector('link[rel="canonical"][href]');
  if (canonical) metas.push(canonical.href.slice(0, LONGEST));

  const links = [];
  for (const link of document.querySelectorAll("a[href]")) {
    if (links.length === MOST_LINKS) break;
    const address = typeof link.href === "string" ? link.href : "";
    if (!address.startsWith("http") || link.closest("[data-gezhi-papers]")) continue;
    links.push([address.slice(0, LONGEST), (link.textContent ?? "").slice(0, 400)]);
  }

  let selection = String(getSelection() ?? "");
  const field = document.activeElement;
  const typed = field instanceof HTMLTextAreaElement
    || (field instanceof HTMLInputElement && ["text", "search", "url"].includes(field.type));
  if (!selection && typed) {
    selection = field.value.slice(field.selectionStart ?? 0, field.selectionEnd ?? 0);
  }
  return {
    address: location.href,
    selection: selection.slice(0, MOST_TEXT),
    title: saysTitle.map((name) => titles[name]).find(Boolean) ?? "",
    metas: metas.slice(0, 100),
    links,
    text: wanted.text ? (document.body?.innerText ?? "").slice(0, MOST_TEXT) : "",
  };
}
