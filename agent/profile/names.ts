// Which names are believed to belong to an address. What a client asked the DNS for is taken as it is; what only the two
// ends of a connection say (SNI, HTTP's Host, the certificate) is believed as long as the DNS does not say otherwise:
// malware likes to call its server www.google.com.

import type { NetworkPicture } from "./network.ts";

/** Names of an address, in lower case: those from DNS answers first. */
export function believedNames(picture: NetworkPicture, ip: string): readonly string[] {
  const resolved = picture.resolution(ip)?.names;
  const claimed = picture.claimedNames(ip);
  if (claimed.length === 0) return resolved ?? claimed;
  if (resolved === undefined) return claimed;
  // An address has more names than are remembered with it: what resolved to it is believed, too.
  const also = claimed.filter((name) => !resolved.includes(name) && picture.addressesOf(name).includes(ip));
  return also.length === 0 ? resolved : [...resolved, ...also];
}
