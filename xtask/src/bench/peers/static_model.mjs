// The static model of `cargo xtask bench foresight` in Squiggle: six bets, each 300 targets through four uncertain
// steps times an uncertain deal value, summed. Prints `PEER: draws/s at best, median; mean, P(>= 1500), p10, p50, p90`.

import { readFileSync } from "node:fs";
import { run } from "@quri/squiggle-lang";

const SAMPLES = 10_000;
const RUNS = 15;
const code = `
bet(value) = 300 * beta(5, 7) * beta(7, 5) * beta(5, 7) * beta(3, 9) * lognormal({ mean: value, stdev: 25 })
total = bet(33) + bet(38) + bet(43) + bet(48) + bet(53) + bet(58)
[mean(total), 1 - cdf(total, 1500), quantile(total, 0.1), quantile(total, 0.5), quantile(total, 0.9)]`;

const times = [];
let answer = [];
for (let number = 0; number < RUNS; number += 1) {
  const environment = { sampleCount: SAMPLES, xyPointLength: 1000, seed: `run ${number}` };
  const begun = performance.now();
  const output = await run(code, { environment });
  times.push(performance.now() - begun);
  if (!output.result.ok) throw new Error(output.result.value.toString());
  answer.push(output.result.value.result.asJS());
}
times.sort((a, b) => a - b);
const { version } = JSON.parse(readFileSync(new URL("node_modules/@quri/squiggle-lang/package.json", import.meta.url)));
const rate = (milliseconds) => (SAMPLES / milliseconds) * 1000;
const mean = answer[0].map((_, at) => answer.reduce((sum, row) => sum + row[at], 0) / RUNS);
const numbers = mean.map((x) => x.toFixed(4)).join(" ");
console.log(`squiggle-lang ${version}: ${rate(times[0])} ${rate(times[RUNS >> 1])} ${numbers}`);
