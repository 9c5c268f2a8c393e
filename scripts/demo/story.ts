// The demo's capture: two hours in a small office, in which one machine turns against the others.

import type { Network } from "../../tests/craft/craft.ts";
import { intrusion } from "./intrusion.ts";
import { ordinaryDay } from "./ordinary-day.ts";
import { place } from "./place.ts";

/** The story, ready to be written with `pcap()` or packet by packet. */
export function story(): Network {
  const at = place();
  ordinaryDay(at);
  intrusion(at);
  return at.net;
}
