// What main and a look-up thread say to each other. Plain data.

import type { Asked, LookupCounts } from "./lookup.ts";
import type { Question, Service } from "./question.ts";
import type { LookupSettings } from "./service.ts";

/** Main to a look-up thread. */
export type ToLookup =
  | {
    say: "start";
    services: readonly Service[];
    settings: LookupSettings;
    perMinute: Partial<Record<Service, number>>;
    perDay: Partial<Record<Service, number>>;
  }
  /** So many sensors share the limits of a service. */
  | { say: "divide"; service: Service; among: number }
  | { say: "ask"; questions: readonly { number: number; question: Question }[] };

/** A look-up thread to main. */
export type FromLookup =
  | { say: "answer"; number: number; asked: Asked | undefined; counts: LookupCounts }
  | { say: "warning"; sentence: string };
