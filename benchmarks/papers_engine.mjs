// Runs the extension's engine for benchmarks/papers.py: one JSON object in, one out.
//
//   {"find": [text, …]}                 -> [{"papers": …, "searches": …}, …]
//   {"time": [text, …], "runs": n}      -> [[[processor, wall] in milliseconds, …], …], after one
//                                          run that warms up
//   {"peer": "identifiers-arxiv", "find": [text, …]} -> [[id, …], …]
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";

const order = JSON.parse(readFileSync(0, "utf8"));

async function answer() {
  if (order.peer) {
    const peer = createRequire(import.meta.url)(order.peer);
    return order.find.map((text) => peer.extract(text));
  }
  const { find } = await import("../extension/src/engine/index.js");
  if (order.find) return order.find.map((text) => find(text));
  return order.time.map((text) => {
    find(text);
    return Array.from({ length: order.runs }, () => {
      const started = performance.now();
      const before = process.cpuUsage();
      find(text);
      const used = process.cpuUsage(before);
      return [(used.user + used.system) / 1000, performance.now() - started];
    });
  });
}

process.stdout.write(JSON.stringify(await answer()));
