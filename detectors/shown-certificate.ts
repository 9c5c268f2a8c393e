// The certificate that a TLS server showed, for the detectors that judge it. Records of sessions mostly describe it; newer
// Zeek logs only name it, and the certificate itself is a record that comes within seconds.

import { commonNameOf, coversName } from "../agent/record/certificate-name.ts";
import type { NetworkPicture } from "../agent/profile/network.ts";
import type { RecordOf } from "../agent/record/schema.ts";
import type { Context } from "./contract.ts";

/** Sessions of one profile that wait for their certificate; further ones are judged by what they say. Own choice. */
const WAITING = 1024;

/** How long the record of a certificate may follow that of the session, seconds. Own choice. */
const SECONDS_TO_WAIT = 10;

/** What a judgement needs of a session. Plain data. */
export type Session = Pick<
  RecordOf<"ssl">,
  | "ts"
  | "uid"
  | "orig_h"
  | "orig_p"
  | "resp_h"
  | "resp_p"
  | "server_name"
  | "subject"
  | "issuer"
  | "sni_matches_cert"
  | "validation_status"
  | "cert_chain_fps"
>;

export interface Waiting {
  sessions: number;
}

/** A certificate as far as it is known. */
export interface ShownCertificate {
  /** Texts of the distinguished names (RFC 4514). */
  subject: string;
  issuer: string | undefined;
  commonName: string | undefined;
  /** Its alternative DNS names; undefined when they are not known. */
  names: readonly string[] | undefined;
  /** Whether it is for the name that was asked for; undefined when nobody asked for one or it cannot be told. */
  isForServerName: boolean | undefined;
}

type Ours<Values> = Context<Values, Waiting, undefined>;
type Judge<Values> = (session: Session, certificate: ShownCertificate, context: Ours<Values>) => void;

/** Nothing waits yet. */
export function createWaiting(): Waiting {
  return { sessions: 0 };
}

/** Takes a session and judges its certificate, at once or when it has had time to become known. */
export function judgeCertificate<Values>(record: RecordOf<"ssl">, context: Ours<Values>, judge: Judge<Values>): void {
  const { cert_chain_fps, subject, server_name, sni_matches_cert } = record;
  const fingerprint = cert_chain_fps?.[0];
  if (subject === undefined && fingerprint === undefined) return;
  const described = subject !== undefined && (server_name === undefined || sni_matches_cert !== undefined);
  const { memory, network } = context;
  if (
    described || fingerprint === undefined || network.certificate(fingerprint) !== undefined ||
    memory.sessions >= WAITING
  ) {
    judgeNow(record, context, judge);
    return;
  }
  memory.sessions++;
  const { ts, uid, orig_h, orig_p, resp_h, resp_p, issuer, validation_status } = record;
  const session: Session = {
    ts,
    uid,
    orig_h,
    orig_p,
    resp_h,
    resp_p,
    server_name,
    subject,
    issuer,
    sni_matches_cert,
    validation_status,
    cert_chain_fps,
  };
  context.after(SECONDS_TO_WAIT, session);
}

/** The time to wait is over. */
export function judgeWaiting<Values>(note: unknown, context: Ours<Values>, judge: Judge<Values>): void {
  context.memory.sessions--;
  judgeNow(note as Session, context, judge);
}

function judgeNow<Values>(session: Session, context: Ours<Values>, judge: Judge<Values>): void {
  const certificate = certificateOf(session, context.network);
  if (certificate !== undefined) judge(session, certificate, context);
}

function certificateOf(session: Session, network: NetworkPicture): ShownCertificate | undefined {
  const known = session.cert_chain_fps?.[0] === undefined ? undefined : network.certificate(session.cert_chain_fps[0]);
  const subject = session.subject ?? known?.subject;
  if (subject === undefined || subject === "") return undefined;
  const commonName = commonNameOf(subject);
  const names = known?.names.map((name) => name.toLowerCase());
  return {
    subject,
    issuer: session.issuer ?? known?.issuer,
    commonName,
    names,
    isForServerName: session.sni_matches_cert ?? isFor(session.server_name?.toLowerCase(), commonName, names),
  };
}

/** Alternative names decide; the common name does where there are none (RFC 6125 section 6.4.4). */
function isFor(
  wanted: string | undefined,
  commonName: string | undefined,
  names: readonly string[] | undefined,
): boolean | undefined {
  if (wanted === undefined) return undefined;
  if (commonName !== undefined && coversName(commonName, wanted)) return true;
  if (names === undefined) return undefined;
  return names.some((name) => coversName(name, wanted));
}
