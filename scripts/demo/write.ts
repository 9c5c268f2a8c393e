// Writes the demo's capture to a file: deno run --allow-write scripts/demo/write.ts office.pcap

import { story } from "./story.ts";

const [path] = Deno.args;
if (path === undefined) {
  console.error("Name the file to write.");
  Deno.exit(2);
}
story().writePcap(path);
