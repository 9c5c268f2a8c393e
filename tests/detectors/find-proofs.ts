// Finds the proofs and twins in the test files: by their text, as proof.ts asks for, so that no test has to run.

import type { EvidenceType } from "../../agent/evidence/evidence.ts";

/** A proof or twin: the file it stands in, from the root of the project, and its title. */
export interface Found {
  file: string;
  title: string;
}

const TESTS = new URL("../", import.meta.url);
const PATTERN = /^(proof|twin)\(\s*"(\w+)",\s*"((?:[^"\\\n]|\\.)*)"/gm;

async function testFiles(folder: URL): Promise<URL[]> {
  const found: URL[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) found.push(...await testFiles(new URL(`${name}/`, folder)));
    else if (name.endsWith("_test.ts")) found.push(new URL(name, folder));
  }
  return found.sort((a, b) => a.href < b.href ? -1 : 1);
}

/** All proofs and twins by type; of several the first in the order of the files. */
export async function findProofs(): Promise<Record<"proofs" | "twins", Map<EvidenceType, Found>>> {
  const proofs = new Map<EvidenceType, Found>();
  const twins = new Map<EvidenceType, Found>();
  for (const url of await testFiles(TESTS)) {
    const text = await Deno.readTextFile(url);
    for (const [, kind, type, title] of text.matchAll(PATTERN)) {
      const of = kind === "proof" ? proofs : twins;
      if (of.has(type as EvidenceType)) continue;
      of.set(type as EvidenceType, {
        file: `tests/${url.href.slice(TESTS.href.length)}`,
        title: title!.replaceAll(/\\(.)/g, "$1"),
      });
    }
  }
  return { proofs, twins };
}
