// Sentences that are said before there is a log to say them to: held back until there is one.

export type Note = (sentence: string, isUsual: boolean) => void;

/** Holds sentences back, and passes them on from the moment at which somebody hears them. */
export function holdBack(): { readonly note: Note; release(to: Note): void } {
  let held: (readonly [string, boolean])[] = [];
  let pass: Note = (sentence, isUsual) => void held.push([sentence, isUsual]);
  return {
    note: (sentence, isUsual) => pass(sentence, isUsual),
    release(to) {
      pass = to;
      for (const [sentence, isUsual] of held) to(sentence, isUsual);
      held = [];
    },
  };
}
