// The rules of the house as a program: who may import whom, and no circles.

import assert from "node:assert/strict";
import { dirname, join, relative } from "node:path";

const ROOT = new URL("..", import.meta.url).pathname;

/** What a folder may import besides itself. Files directly in agent/ and main.ts wire the others and may import all. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "agent/record": [],
  "agent/intel": ["agent/record", "agent/errors.ts", "config/tables", "config/feeds.yaml", "config/local_intel"],
  "agent/source": ["agent/record", "agent/errors.ts", "config/tables", "ffi"],
  "agent/profile": ["agent/record"],
  "agent/evidence/whitelist": ["agent/record", "agent/profile", "agent/intel", "agent/evidence", "agent/errors.ts"],
  "agent/evidence": ["agent/record", "agent/profile"],
  "agent/dissect": [
    "agent/record",
    "agent/source",
    "agent/profile",
    "agent/intel",
    "agent/evidence/whitelist",
    "agent/resume",
    "agent/pulse.ts",
    "config/tables",
    "config/rules",
  ],
  // With agent/threads.ts, what knows all threads.
  "agent/threads": [
    "agent/record",
    "agent/source",
    "agent/dissect",
    "agent/profile",
    "agent/evidence",
    "agent/intel",
    "agent/errors.ts",
    "agent/thread-urls.ts",
    "agent/pulse.ts",
    "agent/fleet",
    "detectors",
    "ffi",
  ],
  "agent/resume": [
    "agent/record",
    "agent/source",
    "agent/profile",
    "agent/evidence",
    "agent/errors.ts",
    "agent/thread-urls.ts",
  ],
  "agent/store": [
    "agent/record",
    "agent/profile",
    "agent/evidence",
    "agent/errors.ts",
    "agent/thread-urls.ts",
  ],
  // What sensors of one Redis share.
  "agent/sharing": ["agent/store", "agent/intel", "agent/errors.ts", "agent/thread-urls.ts"],
  // Detectors elsewhere.
  "agent/fleet": [
    "agent/record",
    "agent/profile",
    "agent/intel",
    "agent/store",
    "agent/errors.ts",
    "agent/pulse.ts",
    "agent/signals.ts",
    "agent/thread-urls.ts",
    "agent/version.ts",
    "config/read.ts",
    "detectors",
  ],
  "detectors": ["agent/record", "agent/profile", "agent/evidence", "agent/intel", "agent/pulse.ts"],
  "agent/export": ["agent/record", "agent/evidence", "agent/profile", "agent/errors.ts", "agent/owner.ts"],
  "agent/ui": ["agent/evidence", "agent/export", "p2p/commands.ts", "p2p/indicator.ts"],
  "agent/doctor": ["agent/errors.ts", "agent/source", "ffi"],
  "agent/control": ["agent/errors.ts"],
  "p2p/trust": ["agent/evidence"],
  "p2p": ["agent/record", "agent/profile", "agent/evidence", "agent/errors.ts", "deno.json"],
  "ffi": [],
  "config": [
    "agent/intel/enrich/settings.ts",
    "detectors",
    "p2p/settings.ts",
    "p2p/trust/settings.ts",
    "agent/record",
    "agent/evidence",
    "agent/errors.ts",
  ],
};

interface Import {
  from: string;
  to: string;
  /** Only types: gone when the program runs. */
  typeOnly: boolean;
}

async function sources(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(ROOT, folder))) {
    const path = join(folder, name);
    if (isDirectory) found.push(...await sources(path));
    else if (name.endsWith(".ts")) found.push(path);
  }
  return found.sort();
}

async function imports(file: string): Promise<Import[]> {
  const text = await Deno.readTextFile(join(ROOT, file));
  const pattern = /^(?:import|export)\s+(type\s)?[^;"]*?from\s+"(\.[^"]+)"/gm;
  return [...text.matchAll(pattern)].map(([statement, type, target]) => ({
    from: file,
    to: relative(ROOT, join(ROOT, dirname(file), target!)),
    // `import { type A, type B }` is gone as well.
    typeOnly: type !== undefined || /\{\s*(?:type\s+\w+\s*,?\s*)+\}/.test(statement),
  }));
}

async function allImports(): Promise<Import[]> {
  const files = ["main.ts"];
  for (const folder of ["agent", "detectors", "p2p", "config", "ffi"]) files.push(...await sources(folder));
  const all = (await Promise.all(files.map(imports))).flat();
  assert(all.length > 3 * files.length, "the imports were not found");
  return all;
}

function layerOf(path: string): string | undefined {
  return Object.keys(MAY_IMPORT).filter((layer) => path.startsWith(`${layer}/`)).sort((a, b) => b.length - a.length)[0];
}

Deno.test("each folder imports only what comes before it", async () => {
  const broken: string[] = [];
  for (const { from, to, typeOnly } of await allImports()) {
    const layer = layerOf(from);
    // Types cost nothing and bind nothing at run time; those of the wiring may be named by the wired.
    if (layer === undefined || (typeOnly && layerOf(to) === undefined)) continue;
    if (![layer, ...MAY_IMPORT[layer]!].some((allowed) => to === allowed || to.startsWith(`${allowed}/`))) {
      broken.push(`${from} imports ${to}`);
    }
  }
  assert.deepEqual(broken, []);
});

Deno.test("no module imports itself by way of others", async () => {
  const graph = new Map<string, string[]>();
  for (const { from, to, typeOnly } of await allImports()) {
    if (!typeOnly) graph.set(from, [...graph.get(from) ?? [], to]);
  }
  const done = new Set<string>();
  const circles: string[] = [];
  function visit(file: string, path: readonly string[]): void {
    if (path.includes(file)) {
      circles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
      return;
    }
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  }
  for (const file of graph.keys()) visit(file, []);
  assert.deepEqual(circles, []);
});
