// Where YARA-X's WebAssembly is: beside the bundled modules in the executable, else in the package's own folder.

/** Its name in the executable: as `.wasm` it would be taken for a module. */
export const ENGINE_FILE = "yara-x.bin";

/** YARA-X as WebAssembly. Only for a thread that may read files. */
export async function readEngine(): Promise<Uint8Array<ArrayBuffer>> {
  const bundled = !import.meta.url.endsWith(".ts");
  return await Deno.readFile(bundled ? new URL(`./${ENGINE_FILE}`, import.meta.url) : await engineInPackage());
}

/**
 * The package does not offer the file by name, and no resolver tells where a package lies. But the package itself knows,
 * and fetches it from there: asked to begin, it tells us the place.
 */
async function engineInPackage(): Promise<URL> {
  const { default: init } = await import("@virustotal/yara-x");
  const { fetch } = globalThis;
  let place: unknown;
  globalThis.fetch = (input) => {
    place = input;
    return Promise.reject(new Error("only the place was wanted"));
  };
  try {
    await init();
  } catch {
    // As it has to.
  } finally {
    globalThis.fetch = fetch;
  }
  return new URL(String(place));
}
