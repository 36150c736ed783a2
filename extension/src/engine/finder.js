// Find the papers that a text names, by the rule table and in its order: gezhi.papers.finder.

import { CHECKS, fill } from "./checks.js";
import { normalise } from "./normalise.js";
import { TABLE } from "./rules.js";

function expand(pattern) {
  let text = pattern;
  while (text.includes("{{")) {
    text = text.replace(/\{\{([a-z_]+)\}\}/g, (_, name) => TABLE.fragments[name]);
  }
  return text;
}

function sticky(pattern) {
  return new RegExp(expand(pattern), "y");
}

function matchAt(regex, text, index) {
  regex.lastIndex = index;
  return regex.exec(text);
}

function groupsOf(found) {
  return found.slice(1).map((one) => one ?? "");
}

const NOTHING = /(?!)/y;

// Each pattern is compiled when it is first needed: most texts need few of them.
class Rule {
  constructor(row) {
    Object.assign(this, {
      anchors: [], leads: [], not_before: [], not_after: [], words_before: [], words_spared: [],
      reach: 0,
    }, row);
    if (row.kind === "site") {
      this.not_before = [...this.not_before, TABLE.host_glue];
    }
    this.items = (row.items ?? []).map((item) => ({ ...item, regex: null }));
  }

  get here() {
    return (this._here ??= sticky(this.pattern));
  }

  get anywhere() {
    return (this._anywhere ??= new RegExp(expand(this.pattern), "g"));
  }

  get behindEnd() {
    return (this._behind ??= new RegExp(`(?:${expand(this.behind)})$`));
  }

  get extentHere() {
    return (this._extent ??= this.extent ? sticky(TABLE.extents[this.extent]) : NOTHING);
  }

  get before() {
    return (this._before ??= sticky(this.not_before.map((one) => `(?<!${one})`).join("")));
  }

  get after() {
    return (this._after ??= sticky(this.not_after.map((one) => `(?!${one})`).join("")));
  }
}

const RULES = TABLE.rules.map((row) => new Rule(row));
const ITEM_GOES_ON = sticky(TABLE.item_goes_on);
const OTHER_ITEM = sticky(TABLE.other_item);

function ending(text, end, endings) {
  return endings.find((one) => end >= one.length && text.startsWith(one, end - one.length))
    ?.length ?? 0;
}

// One pass of the rules over one text; remembers which characters are taken.
class Hunt {
  constructor(page) {
    this.page = page;
    this.taken = new Uint8Array(page.text.length);
    this.hits = [];
    this.anchors = new Map();
  }

  // Take what one rule finds, from left to right.
  run(rule) {
    if (rule.kind === "mask") {
      this.mask(rule);
      return;
    }
    for (const [start, end, groups] of this.candidates(rule)) {
      if (rule.items.length) {
        this.takeItems(rule, start, end);
      } else if (
        this.free(start, end)
        && matchAt(rule.after, this.page.text, end)
        && (!rule.check || CHECKS[rule.check](groups))
      ) {
        const name = fill(rule.name, ["", ...groups]);
        this.hits.push({ start, end, paper: rule.paper, search: rule.search, name });
        this.take(start, end);
      }
    }
  }

  // The span and the groups wherever the pattern stands after nothing forbidden.
  candidates(rule) {
    return rule.anchors.length ? this.anchored(rule) : this.searched(rule);
  }

  * anchored(rule) {
    for (const anchor of rule.anchors) {
      for (const place of this.places(anchor)) {
        const found = matchAt(rule.here, this.page.text, place + anchor.length);
        const start = found ? this.lead(rule, place) : null;
        if (start !== null) yield [start, found.index + found[0].length, groupsOf(found)];
      }
    }
  }

  * searched(rule) {
    const { text } = this.page;
    for (let found, from = 0; (found = matchAt(rule.anywhere, text, from)); ) {
      from = found.index + 1;
      const end = found.index + found[0].length;
      let start = found.index;
      let groups = groupsOf(found);
      if (rule.behind) {
        const low = Math.max(0, start - rule.reach);
        const behind = rule.behindEnd.exec(text.slice(low, start));
        start = behind ? low + behind.index : -1;
        groups = behind ? [...groupsOf(behind), ...groups] : [];
      }
      if (start >= 0 && matchAt(rule.before, text, start) && !this.quantity(rule, start)) {
        yield [start, end, groups];
      }
    }
  }

  places(anchor) {
    if (!this.anchors.has(anchor)) {
      const places = [];
      const { lowered } = this.page;
      for (let at = lowered.indexOf(anchor); at >= 0; at = lowered.indexOf(anchor, at + 1)) {
        places.push(at);
      }
      this.anchors.set(anchor, places);
    }
    return this.anchors.get(anchor);
  }

  // Go back over a host's known first part and the scheme; null where more is glued on.
  lead(rule, place) {
    const { lowered, text } = this.page;
    let start = place;
    if (rule.kind === "site") {
      start -= ending(lowered, start, rule.leads);
      const scheme = ending(lowered, start, TABLE.schemes);
      if (scheme) return start - scheme;
    }
    return matchAt(rule.before, text, start) ? start : null;
  }

  // Whether a word such as "version" or "tel" stands right before a number.
  quantity(rule, start) {
    if (!rule.words_before.length) return false;
    const before = this.page.lowered.slice(Math.max(0, start - 24), start);
    const left = before.replace(/[ :.=#\t-]+$/, "");
    const word = rule.words_before.find((one) => left.endsWith(one));
    return word !== undefined
      && !rule.words_spared.some((one) => left.endsWith(one))
      && !/[a-z]/.test(left.slice(-word.length - 1, -word.length));
  }

  takeItems(rule, first, from) {
    const { text } = this.page;
    let start = first, end = from;
    for (;;) {
      const here = end;
      const taken = rule.items.some((item) => {
        const found = matchAt((item.regex ??= sticky(item.pattern)), text, here);
        if (!found || matchAt(ITEM_GOES_ON, text, here + found[0].length)) return false;
        const groups = groupsOf(found);
        if (item.check && !CHECKS[item.check](groups)) return false;
        end = here + found[0].length;
        if (this.free(start, end)) {
          this.hits.push({ start, end, paper: item.paper, name: fill(item.name, ["", ...groups]) });
          this.take(start, end);
        }
        return true;
      });
      if (!taken) {
        const other = matchAt(OTHER_ITEM, text, here);
        end = other ? here + other[0].length : here;
      }
      if (!text.startsWith(TABLE.item_separator, end)) return;
      start = end = end + TABLE.item_separator.length;
    }
  }

  // Take what holds no id and must not be read as one, up to the next span that is taken.
  mask(rule) {
    let openText = null;
    for (const [start, from] of this.candidates(rule)) {
      openText ??= this.openText();
      if (this.taken[start]) continue;
      let end = from;
      for (let more; (more = matchAt(rule.extentHere, openText, end)); ) {
        end += more[0].length;
      }
      this.take(start, end);
    }
  }

  // The text with a space for each character that is taken.
  openText() {
    const pieces = [];
    let last = 0;
    for (const { start, end } of this.hits.sort((one, other) => one.start - other.start)) {
      pieces.push(this.page.kept.slice(last, start), " ".repeat(end - start));
      last = end;
    }
    return pieces.join("") + this.page.kept.slice(last);
  }

  free(start, end) {
    return !this.taken.subarray(start, end).includes(1);
  }

  take(start, end) {
    this.taken.fill(1, start, end);
  }
}

/**
 * Find every paper in a text of any kind: prose, an address, HTML, JSON. Offsets are code points.
 * `{papers: [{kind, id, start, end}], searches: [{venue, id, start, end, title: null}]}`
 */
export function find(text) {
  const page = normalise(text);
  const hunt = new Hunt(page);
  RULES.forEach((rule) => hunt.run(rule));
  hunt.hits.sort((one, other) => one.start - other.start);
  const papers = new Map(), searches = new Map();
  for (const { start: from, end: to, paper, search, name } of hunt.hits) {
    const start = page.start(from), end = page.end(to);
    const [found, key] = paper ? [papers, `${paper} ${name}`] : [searches, `${search} ${name}`];
    if (!found.has(key)) {
      found.set(key, paper
        ? { kind: paper, id: name, start, end }
        : { venue: search, id: name, start, end, title: null });
    }
  }
  return { papers: [...papers.values()], searches: [...searches.values()] };
}
