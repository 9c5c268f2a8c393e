// Lets a real thread of the program fail, as by a mistake that nobody foresaw: an error that nobody catches.

/** What the thread says of it. */
export const WHY = "a mistake that nobody foresaw";

/** In a thread: it fails with the first message that `isTime` is true of, before anybody looks at it. */
export function dieOf(isTime: (message: { readonly say?: string }, ports: readonly MessagePort[]) => boolean): void {
  const thread = self as unknown as { onmessage: ((event: MessageEvent) => unknown) | null };
  let { onmessage } = thread;
  thread.onmessage = (event) => {
    if (isTime(event.data, event.ports)) throw new Error(WHY);
    return onmessage?.(event);
  };
  // Some are replaced later.
  Object.defineProperty(thread, "onmessage", { set: (next) => onmessage = next });
}

/** While `work` goes on, threads of the module `url` are threads of `instead`. */
export async function withThread<T>(url: URL, instead: URL, work: () => Promise<T>): Promise<T> {
  const { Worker: Real } = globalThis;
  globalThis.Worker = class extends Real {
    constructor(specifier: string | URL, options?: WorkerOptions) {
      super(String(specifier) === url.href ? instead : specifier, options);
    }
  };
  try {
    return await work();
  } finally {
    globalThis.Worker = Real;
  }
}
