// `deno task demo`: writes the demo capture to a temporary folder and lets smartshield judge it.

import { story } from "./story.ts";

const folder = Deno.makeTempDirSync({ prefix: "smartshield-demo-" });
const capture = `${folder}/office.pcap`, results = `${folder}/results`;

const size = story().writePcap(capture);
console.log(`Capture: ${capture} (${(size / 1e6).toFixed(1)} MB, two hours in an office of 18 machines)\n`);

const main = new URL("../../main.ts", import.meta.url);
const config = new URL("../../deno.json", import.meta.url);
const run = await new Deno.Command(Deno.execPath(), {
  args: ["run", "--allow-all", "--config", config.pathname, main.href, "--pcap", capture, "--out", results],
}).spawn().status;

console.log(`\nCapture: ${capture}\nResults: ${results}`);
Deno.exit(run.code);
