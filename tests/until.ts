// Waiting for what comes by message, from a thread, a process or a wire.

/** Waits until something holds; throws when it does not within so many seconds. */
export async function until(holds: () => boolean | Promise<boolean>, seconds = 10): Promise<void> {
  const deadline = performance.now() + 1000 * seconds;
  while (!await holds()) {
    if (performance.now() > deadline) throw new Error(`not within ${seconds} s: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
