// The shared cases for the extension's engine: node --test tests/papers/cases.test.mjs

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { find } from "../../extension/src/engine/index.js";

const cases = JSON.parse(readFileSync(new URL("../cases/papers.json", import.meta.url), "utf8"));

for (const part of ["positive", "negative", "decided"]) {
  test(part, () => {
    for (const { name, text, papers = [], searches = [] } of cases[part]) {
      const found = find(text);
      const characters = [...text];
      const got = found.papers.map(({ kind, id, start, end }, index) => ({
        kind,
        id,
        ...(papers[index]?.span && { span: characters.slice(start, end).join("") }),
      }));
      assert.deepEqual(got, papers, name);
      assert.deepEqual(found.searches.map(({ venue }) => ({ venue })), searches, name);
    }
  });
}
