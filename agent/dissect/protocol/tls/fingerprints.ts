// JA3 and JA4 of clients, with a memory: most hellos of a network are those of a few programs, over and over.

import type { ClientHello } from "./hello.ts";
import { ja3, ja3Text } from "./ja3.ts";
import { type Carrier, ja4 } from "./ja4.ts";
import { isGrease } from "./names.ts";

/** Hellos that are remembered; the oldest is forgotten first. */
const MAX_REMEMBERED = 4096;
/** Longer descriptions than any program's are not remembered. */
const MAX_KEY_LENGTH = 1024;

export interface Fingerprint {
  readonly ja3: string;
  readonly ja4: string;
}

/** Takes fingerprints of hellos. One for the whole run. */
export type Fingerprints = (hello: ClientHello, carrier: Carrier) => Fingerprint;

/** A fingerprinter that remembers nothing yet. */
export function createFingerprints(): Fingerprints {
  const known = new Map<string, Fingerprint>();
  return (hello, carrier) => {
    const versions = hello.supportedVersions.filter((version) => !isGrease(version));
    const key = [carrier, ja3Text(hello), hello.signatureAlgorithms, versions, hello.protocolEnds].join(";");
    let fingerprint = known.get(key);
    if (fingerprint !== undefined) return fingerprint;
    fingerprint = { ja3: ja3(hello), ja4: ja4(hello, carrier) };
    if (key.length > MAX_KEY_LENGTH) return fingerprint;
    known.set(key, fingerprint);
    if (known.size > MAX_REMEMBERED) known.delete(known.keys().next().value!);
    return fingerprint;
  };
}
