/**
 * The sites that links can be put into. The user switches each on by itself; only then is the
 * site's permission asked for and the content script registered there.
 *
 * `origin` is what the permission names; `pages` are the pages that the script is run on. Where in
 * a page the links go is written in content.js, which can import nothing.
 */
export const SITES = [
  site("arxiv", "arXiv", "https://arxiv.org/*", ["/abs/*", "/list/*", "/catchup/*"]),
  site("openreview", "OpenReview", "https://openreview.net/*"),
  site("acl", "ACL Anthology", "https://aclanthology.org/*"),
  site("pmlr", "PMLR", "https://proceedings.mlr.press/*"),
  site("cvf", "CVF Open Access", "https://openaccess.thecvf.com/*"),
  site("huggingface", "Hugging Face", "https://huggingface.co/*", ["/papers*"]),
];

function site(id, name, origin, paths = ["/*"]) {
  const pages = paths.map((path) => origin.replace(/\/\*$/, path));
  return Object.freeze({ id, name, origin, pages });
}
