// All services.

import type { ServiceDefinition } from "../service.ts";
import { HASHLOOKUP } from "./hashlookup.ts";
import { JARM } from "./jarm.ts";
import { RDAP } from "./rdap.ts";
import { REVERSE_DNS } from "./reverse-dns.ts";
import { SPAMHAUS } from "./spamhaus.ts";
import { URLHAUS } from "./urlhaus.ts";
import { VIRUSTOTAL } from "./virustotal.ts";

export const SERVICE_DEFINITIONS: readonly ServiceDefinition[] = [
  REVERSE_DNS,
  RDAP,
  URLHAUS,
  HASHLOOKUP,
  SPAMHAUS,
  VIRUSTOTAL,
  JARM,
];
