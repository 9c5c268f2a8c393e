// The threshold that scripts/mutate.ts has changed while it looks whether a test notices; nothing otherwise.

/** Another default for one setting of one detector. */
export interface Mutation {
  readonly detector: string;
  readonly setting: string;
  readonly value: number;
}

export const mutant: { current: Mutation | undefined } = { current: undefined };

/** The settings that a test gives, on top of the changed default. */
export function withMutant(settings: Record<string, Record<string, unknown>>): Record<string, Record<string, unknown>> {
  const { current } = mutant;
  if (current === undefined) return settings;
  const { detector, setting, value } = current;
  return { ...settings, [detector]: { [setting]: value, ...settings[detector] } };
}
