// The thread that looks for leaks with an engine that fails where the traffic says so, as a bug in a real one would.

import { Scanner } from "@virustotal/yara-x";

const text = new TextDecoder();
const { scan } = Scanner.prototype;
Scanner.prototype.scan = function (bytes) {
  const said = text.decode(bytes);
  if (said.includes("say an error")) throw new Error("the engine has an error");
  if (said.includes("run into a trap")) throw new WebAssembly.RuntimeError("unreachable");
  if (said.includes("kill the thread")) setTimeout(() => JSON.parse("no JSON"));
  return scan.call(this, bytes);
};
await import("../../../agent/dissect/leaks/worker.ts");
