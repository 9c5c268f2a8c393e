// `deno task demo`: writes the demo capture to a temporary folder and lets smartshield judge it.

import { story } from "./story.ts";

const folder = Deno.makeTempDirSync({ prefix: "smartshield-demo-" });
const capture = `${folder}/office.pcap`, results = `${folder}/results`;

const size = story().writePcap(capture);
console.log(`Capture: ${capture} (${(size / 1e6).toFixed(1)} MB, two hours in an office of 19 machines)\n`);

const run = await new Deno.Command(Deno.execPath(), {
  args: ["task", "--quiet", "start", "--pcap", capture, "--out", results],
  cwd: new URL("../../", import.meta.url),
}).spawn().status;

console.log(`\nCapture: ${capture}\nResults: ${results}`);
Deno.exit(run.code);
