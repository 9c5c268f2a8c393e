// Whether a chain of certificates leads to a trusted authority (RFC 5280 section 6), said in the words of OpenSSL's
// verification, which is what Zeek logs. Revocation, key usage and name constraints are not looked at.

import { BoundedMap } from "../../../profile/bounded-map.ts";
import type { Certificate } from "./certificate.ts";
import { nameKey, readRoots, type Roots } from "./roots.ts";
import { isSignedBy } from "./signature.ts";

/** What a validation says: "ok" or why not. */
export type ValidationStatus =
  | "ok"
  | "self signed certificate"
  | "self signed certificate in certificate chain"
  | "unable to get local issuer certificate"
  | "certificate is not yet valid"
  | "certificate has expired";

/** Validates chains, server's or client's own certificate first, at a moment in Unix seconds. */
export interface Validator {
  validate(chain: readonly Certificate[], at: number): ValidationStatus;
}

/** Certificates of one path; public ones have at most five. */
const MAX_PATH_LENGTH = 10;
/** Certificates with the right name that are tried as issuer of one other: each costs a signature check. */
const MAX_CANDIDATES = 4;
/** Chains whose path is remembered; the oldest are forgotten first. */
const MAX_REMEMBERED = 8192;

/** How far a chain reaches: the certificates from the first to the last one found, and what is wrong with the last. */
interface Path {
  readonly problem: ValidationStatus;
  readonly periods: readonly (readonly [notBefore: number | undefined, notAfter: number | undefined])[];
}

/** A validator with memory, so that a chain seen often is checked once. `roots` is called when the first chain comes. */
export function createValidator(roots: () => Roots = readRoots): Validator {
  let trusted: Roots | undefined;
  const paths = new BoundedMap<string, Path>(MAX_REMEMBERED);
  return {
    validate(chain, at) {
      const key = chain.map((certificate) => certificate.fingerprint).join();
      let path = paths.get(key);
      if (path === undefined) {
        trusted ??= roots();
        path = findPath(chain, trusted);
        paths.set(key, path);
      }
      return path.problem === "ok" ? validityAt(path, at) : path.problem;
    },
  };
}

function findPath(chain: readonly Certificate[], trusted: Roots): Path {
  const periods: Path["periods"][number][] = [];
  let current = chain[0];
  while (current !== undefined && periods.length < MAX_PATH_LENGTH) {
    periods.push([current.notBefore, current.notAfter]);
    const own = nameKey(current, current.subjectName), wanted = nameKey(current, current.issuerName);
    const roots: readonly Certificate[] = trusted.get(wanted) ?? [];
    const { fingerprint } = current;
    if (roots.some((root) => root.fingerprint === fingerprint)) return { problem: "ok", periods };
    const root = issuerAmong(roots, current);
    if (root !== undefined) {
      periods.push([root.notBefore, root.notAfter]);
      return { problem: "ok", periods };
    }
    if (own === wanted) {
      const problem = periods.length === 1 ? "self signed certificate" : "self signed certificate in certificate chain";
      return { problem, periods };
    }
    current = issuerAmong(chain.filter((other) => nameKey(other, other.subjectName) === wanted), current);
  }
  return { problem: "unable to get local issuer certificate", periods };
}

function issuerAmong(candidates: readonly Certificate[], certificate: Certificate): Certificate | undefined {
  return candidates.slice(0, MAX_CANDIDATES).find((candidate) => isSignedBy(certificate, candidate));
}

/** OpenSSL looks at the authority first and at the server's certificate last, and reports what it finds first. */
function validityAt(path: Path, at: number): ValidationStatus {
  for (let i = path.periods.length - 1; i >= 0; i--) {
    const [notBefore, notAfter] = path.periods[i]!;
    if (notBefore === undefined || at < notBefore) return "certificate is not yet valid";
    if (notAfter === undefined || at > notAfter) return "certificate has expired";
  }
  return "ok";
}
