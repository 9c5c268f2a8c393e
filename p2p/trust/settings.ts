// The settings of trust: defaults, units, meanings, bounds; in the shape of all settings of the program.

/** The table. How the numbers work together is told in docs/trust.md. */
export const TRUST_SETTINGS = {
  model: {
    value: "smartshield",
    unit: "",
    meaning: "how peers are weighed; dovecot and fides are there for comparison",
    words: ["smartshield", "dovecot", "fides"],
  },
  decision_period: {
    value: 3600,
    unit: "seconds",
    meaning: "one decision about one host lasts this long; the width of a time window",
    minimum: 1,
  },
  attack_memory: {
    value: 604_800,
    unit: "seconds",
    meaning: "a host on which we raised an alert is an attacker to us for this long, whatever peers say",
    minimum: 60,
  },
  benign_after: {
    value: 24,
    unit: "decision periods",
    meaning: "a host that we saw in so many of them, quiet in all, is harmless to us whatever peers say",
    minimum: 1,
  },
  opinion_half_life: {
    value: 43_200,
    unit: "seconds",
    meaning: "the confidence of a peer's statement halves in this time",
    minimum: 60,
  },
  opinion_age: {
    value: 86_400,
    unit: "seconds",
    meaning: "a peer's statement older than this counts no more",
    minimum: 60,
  },
  trust_half_life: {
    value: 2_592_000,
    unit: "seconds",
    meaning: "what a peer got right is half forgotten after this time, what it got wrong after twice this time",
    minimum: 3600,
  },
  newcomer_age: {
    value: 86_400,
    unit: "seconds",
    meaning: "a peer's weight grows from nothing to what it earned while it is younger than this",
    minimum: 0,
  },
  attacker_score: {
    value: 0.6,
    unit: "",
    meaning: "the peers together say attacker from this score on",
    minimum: 0.5,
    maximum: 1,
  },
  trusted_weight: {
    value: 0.5,
    unit: "",
    meaning: "a peer is trusted from this weight on",
    minimum: 0,
    maximum: 1,
  },
  follow_voices: {
    value: 2,
    unit: "machines",
    meaning: "independent trusted ones that must say attacker, and prevail, before our judgement of a host may change",
    minimum: 1,
  },
  follow_margin: {
    value: 3,
    unit: "hosts",
    meaning: "lead of the peers' word over our own in the graded record before it is followed",
    minimum: 1,
  },
  follow_periods: {
    value: 12,
    unit: "decision periods",
    meaning: "the peers' word about a host is followed this long; then our own detection must have found something",
    minimum: 1,
  },
  credit_bound: {
    value: 240,
    unit: "decisions",
    meaning: "the most that peers can lose for us what they gained before",
    minimum: 1,
  },
  block_voices: {
    value: 3,
    unit: "machines",
    meaning: "independent trusted ones that must say attacker before peers alone may have a host blocked",
    minimum: 1,
  },
  block_voices_from: {
    value: "vouched",
    unit: "",
    meaning: "vouched: only peers that the user trusts by name count for a block; earned: those that earned trust, too",
    words: ["vouched", "earned"],
  },
  peers: {
    value: 1000,
    unit: "peers",
    meaning: "peers remembered; a stranger of no merit is forgotten before one with a record",
    minimum: 10,
  },
  targets: {
    value: 20_000,
    unit: "IPs",
    meaning: "IPs about which statements are remembered; the one idle longest is forgotten first",
    minimum: 100,
  },
  opinions_per_target: {
    value: 128,
    unit: "statements",
    meaning: "peers heard about one IP; the weakest is left out first",
    minimum: 4,
  },
  opinions: {
    value: 100_000,
    unit: "statements",
    meaning: "statements remembered about all IPs together",
    minimum: 100,
  },
  answers_per_second: {
    value: 400,
    unit: "statements",
    meaning: "answers taken from one peer, on the average of a minute",
    minimum: 1,
  },
  reports_per_minute: {
    value: 60,
    unit: "statements",
    meaning: "reports and blames taken from one peer, on the average of ten minutes",
    minimum: 1,
  },
  field_own_share: {
    value: 0.5,
    unit: "",
    meaning: "weight of our own findings beside the network's (dovecot and fides)",
    minimum: 0,
    maximum: 1,
  },
  fides_initial_reputation: {
    value: 0.5,
    unit: "",
    meaning: "trust in a stranger (fides); 0 makes changing one's name useless",
    minimum: 0,
    maximum: 1,
  },
  fides_strategy: {
    value: "distance",
    unit: "",
    meaning: "how answers are graded (fides)",
    words: ["even", "distance", "local_distance", "weighed_distance", "max_confidence", "threshold"],
  },
  fides_aggregation: {
    value: "average",
    unit: "",
    meaning: "how answers are put together (fides)",
    words: ["average", "weighted_average", "stdev_from_score"],
  },
} as const;

type Value<S> = S extends { words: readonly (infer W)[] } ? W
  : S extends { value: infer V } ? (V extends number ? number : V)
  : never;

/** The values in force. */
export type TrustSettings = { readonly [K in keyof typeof TRUST_SETTINGS]: Value<typeof TRUST_SETTINGS[K]> };

/** The defaults, overlaid with `changed`. */
export function trustSettings(changed: Partial<TrustSettings> = {}): TrustSettings {
  const defaults = Object.fromEntries(Object.entries(TRUST_SETTINGS).map(([name, { value }]) => [name, value]));
  return { ...defaults, ...changed } as unknown as TrustSettings;
}
