// A text the way the rules read it, and the way back: equal to gezhi.papers.normalise.

import { TABLE } from "./rules.js";

// One unit for each character beyond the basic plane, so that an index is a code point.
// No pattern names this one, so it is a character like any other.
const ASTRAL = "\uffff";
const PAIR = /[\ud800-\udbff][\udc00-\udfff]/g;
const MAPPED = new RegExp(
  `[${TABLE.characters.map(({ from, to }) => `${from}-${to}`).join("")}]`,
  "g",
);
const KEPT = new RegExp(`[${TABLE.kept.ranges.map(([from, to]) => `${from}-${to}`).join("")}]`);

function mapped(character) {
  for (const { from, to, first } of TABLE.characters) {
    if (character >= from && character <= to) {
      const offset = character.charCodeAt(0) - from.charCodeAt(0);
      return String.fromCharCode(first.charCodeAt(0) + offset);
    }
  }
  return character;
}

function mappedButKept(character) {
  return KEPT.test(character) ? character : mapped(character);
}

function rewritten(piece) {
  if (piece[0] !== "%") {
    return TABLE.rewrites.values[piece.toLowerCase()] ?? "";
  }
  const point = parseInt(piece.slice(1), 16);
  const character = String.fromCharCode(point);
  // An address holds no space, no quote, no control and no byte above 127 as it is.
  return point <= 0x20 || point >= 0x7f || "\"'<>`".includes(character)
    ? TABLE.rewrites.unreadable
    : character;
}

function lowercase(text) {
  const lowered = text.toLowerCase();
  return lowered.length === text.length
    ? lowered
    : text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());
}

/**
 * A text as the rules read it: `text`, the same `lowered`, the same with the punctuation that ends
 * a DOI `kept`, and `start` and `end` to go back.
 */
export function normalise(given) {
  const raw = given.replace(PAIR, ASTRAL);
  let text = raw.replace(MAPPED, mapped);
  let kept = text === raw ? text : raw.replace(MAPPED, mappedButKept);
  const after = [], shift = [], widths = new Map(), pieces = [], keptPieces = [];
  let last = 0, length = 0;
  for (const found of text.matchAll(new RegExp(TABLE.rewrites.pattern, "g"))) {
    const value = rewritten(found[0]);
    const end = found.index + found[0].length;
    pieces.push(text.slice(last, found.index), value);
    keptPieces.push(kept.slice(last, found.index), value);
    length += found.index - last + value.length;
    if (value) {
      widths.set(length - 1, found[0].length);
    }
    after.push(length);
    shift.push(end - length);
    last = end;
  }
  if (pieces.length) {
    const same = kept === text;
    text = pieces.join("") + text.slice(last);
    kept = same ? text : keptPieces.join("") + kept.slice(last);
  }
  const start = (index) => {
    let low = 0, high = after.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (index < after[middle]) high = middle;
      else low = middle + 1;
    }
    return low ? index + shift[low - 1] : index;
  };
  const end = (index) => start(index - 1) + (widths.get(index - 1) ?? 1);
  return { text, lowered: lowercase(text), kept, start, end };
}
