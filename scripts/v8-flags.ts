// Flags of V8 that the executable is built with, and that its stages are measured with.

/**
 * - The young generation of each thread has 16 MiB, from the start and for good. V8 begins with 1, which lets records that
 *   are about to be sent away grow old, and goes on to 32.
 * - Old objects are looked through when they have doubled. V8 would wait for several times as many, and its heaps would
 *   follow the length of a capture though nothing in them does (docs/performance.md); looking when they have grown by half
 *   costs a twentieth of the time for logs.
 * - Where an object is made does not decide where it lives. V8 would make records old from birth once the first ones had
 *   lived for a moment, and each dead old record keeps what it points to alive until the next full collection: a fifth of
 *   the dissector's time on logs.
 * - Scavenges are done by the thread whose heap it is: with as many threads as cores, help from others is waited for longer
 *   than it helps.
 * - WebAssembly (the engine of the leak rules) is compiled with all optimisations only when it runs for long.
 * - One optimisation is off, because in Deno 2.7.11 (V8 14.7) it compiles some loops wrongly, without any error: a function
 *   inside another that changes a number of the outer one in a loop, called from a loop. deno.json has it off as well.
 */
export const V8_FLAGS = [
  "--min-semi-space-size=16",
  "--max-semi-space-size=16",
  "--heap-growing-percent=100",
  "--no-allocation-site-pretenuring",
  "--no-parallel-scavenge",
  "--wasm-tiering-budget=200000000",
  "--no-maglev-optimistic-peeled-loops",
].join();
