// Waiting for what comes by message.

const PATIENCE_MILLISECONDS = 5000;

/** Waits until the condition holds; fails after some seconds. */
export async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MILLISECONDS;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited in vain for ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
