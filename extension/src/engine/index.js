// What the extension and its tests use of the engine.

export { find } from "./finder.js";
export { abstractUrl, combinedLinks, paperUrl, pdfUrl, searchUrl } from "./links.js";
