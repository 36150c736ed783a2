// The named checks and transforms that the rule table calls by name, equal to gezhi.papers.checks.

import { TABLE } from "./rules.js";

const FIRST_NEW = 704, FIRST_FIVE = 1501, LAST_NEW = 9012;
const FIRST_OLD = 9107, LAST_OLD = 703;

function stripZeros(text) {
  return text.replace(/^0+/, "");
}

function padNumber(number) {
  const [month, digits] = number.replace(/[^0-9.]+/g, "").split(".");
  const width = Number(month) >= FIRST_FIVE ? 5 : 4;
  return `${month}.${stripZeros(digits).padStart(width, "0")}`;
}

function arxivNew([number]) {
  const [month, digits] = number.split(".");
  const value = Number(month);
  return value >= FIRST_NEW && value <= LAST_NEW
    && value % 100 >= 1 && value % 100 <= 12
    && Number(digits) > 0
    && digits.length === (value >= FIRST_FIVE ? 5 : 4);
}

function arxivOld([archive, digits]) {
  const month = Number(digits.slice(0, 4));
  return Number(digits.slice(4)) > 0
    && month % 100 >= 1 && month % 100 <= 12
    && (month >= FIRST_OLD || month <= LAST_OLD)
    && TABLE.archives.includes(archive.toLowerCase());
}

function aclOld([id]) {
  const name = id.toUpperCase();
  const year = Number(name.slice(1, 3));
  const two = name[0] === "W" || /^(?:C69|D19-[56])/.test(name);
  return !"BGVZ".includes(name[0])
    && (year >= 60 || year <= 20)
    && Number(name.slice(two ? -2 : -3)) > 0;
}

function aclNew([id]) {
  const year = Number(id.slice(0, id.indexOf(".")));
  return year >= 1950 && year <= 2099 && id[id.lastIndexOf(".") + 1] !== "0";
}

export const CHECKS = {
  acl_new: aclNew,
  acl_old: aclOld,
  arxiv_new: arxivNew,
  arxiv_old: arxivOld,
  arxiv_padded: ([number]) => arxivNew([padNumber(number)]),
  positive: (groups) => groups.every((one) => !/^[0-9]+$/.test(one) || Number(one) > 0),
  same_conference: (groups) =>
    groups[0].toUpperCase() === groups[3].toUpperCase() && groups[1] === groups[4],
  same_conference_early: (groups) =>
    groups[0].toUpperCase() === groups[4].toUpperCase() && groups[1] === groups[3],
};

const TRANSFORMS = {
  lower: (text) => text.toLowerCase(),
  pad_four: (text) => text.padStart(4, "0"),
  pad_number: padNumber,
  strip_zeros: stripZeros,
  upper: (text) => text.toUpperCase(),
};

/** Write a template: `{1}` is the first group, `{1|upper}` the same in capitals. */
export function fill(template, groups) {
  return template.replace(/\{([0-9])(?:\|([a-z_]+))?\}/g, (_, index, transform) => {
    const value = groups[Number(index)];
    return transform ? TRANSFORMS[transform](value) : value;
  });
}
