// Loaded before the tests (`--preload`). A test that hangs fails by its name, instead of holding up all the others. And what
// property tests draw is the same every time, so that a test fails because of what was changed; SEED=random draws anew.

import fc from "fast-check";

/** Seconds that one test may take; the longest need a minute on two cores, and several on busy ones. */
const SECONDS = 480;

type Story = Deno.TestDefinition["fn"];

function limited(story: Story): Story {
  return async (context) => {
    let clock: number | undefined;
    const late = new Promise<never>((_, reject) => {
      clock = setTimeout(() => reject(new Error(`not over within ${SECONDS} s`)), 1000 * SECONDS);
    });
    try {
      await Promise.race([story(context), late]);
    } finally {
      clearTimeout(clock);
    }
  };
}

const register = Deno.test;
// The two forms that the tests use.
const test = (first: string | Deno.TestDefinition, story?: Story): void =>
  typeof first === "string" ? register(first, limited(story!)) : register({ ...first, fn: limited(first.fn) });
Object.assign(Deno, { test });

if (Deno.env.get("SEED") !== "random") fc.configureGlobal({ seed: 1 });
