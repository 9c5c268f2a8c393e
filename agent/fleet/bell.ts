// Waiting for work that comes by message.

export interface Bell {
  /** Resolves when it rings, at once when it has rung since the last time, or after so many milliseconds. */
  wait(milliseconds?: number): Promise<void>;
  ring(): void;
}

export function createBell(): Bell {
  let hasRung = false;
  let heard: (() => void) | undefined;
  return {
    async wait(milliseconds) {
      if (!hasRung) {
        let timer: ReturnType<typeof setTimeout> | undefined;
        await new Promise<void>((resolve) => {
          heard = resolve;
          if (milliseconds !== undefined) timer = setTimeout(resolve, milliseconds);
        });
        clearTimeout(timer);
      }
      hasRung = false;
      heard = undefined;
    },
    ring() {
      hasRung = true;
      heard?.();
    },
  };
}
