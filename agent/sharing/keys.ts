// The keys by which sensors share what they know from outside, documented for others in docs/store.md.

export type SharingKeys = ReturnType<typeof sharingKeys>;

export function sharingKeys(prefix: string) {
  return {
    /** Who updates the lists for all. */
    lease: `${prefix}intel:lease`,
    /** Hash: name of a list to what is known of it. */
    feeds: `${prefix}intel:feeds`,
    /** Who goes by the name of a sensor. */
    sensor: (name: string) => `${prefix}sensor:${name}`,
    /** Who is asking a question just now. */
    asking: (question: string) => `${prefix}asking:${question}`,
    /** Sorted set of the sensors that share a key of a service, by the time until which they are taken to be there. */
    holders: (service: string, key: string) => `${prefix}holders:${service}:${key}`,
  };
}
