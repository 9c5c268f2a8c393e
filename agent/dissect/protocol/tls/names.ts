// What Zeek calls the numbers of TLS: versions, cipher suites, groups and alerts.

import groupTable from "../../../../config/tables/tls-groups.tsv" with { type: "text" };
import cipherSuiteTable from "../../../../config/tables/tls-cipher-suites.tsv" with { type: "text" };

/** Versions by their number on the wire; DTLS counts down (RFC 6347 section 4.1). */
export const Version = {
  ssl2: 0x0002,
  ssl3: 0x0300,
  tls10: 0x0301,
  tls11: 0x0302,
  tls12: 0x0303,
  tls13: 0x0304,
  dtls10: 0xfeff,
  dtls12: 0xfefd,
  dtls13: 0xfefc,
} as const;

const VERSION_NAMES: ReadonlyMap<number, string> = new Map([
  [Version.ssl2, "SSLv2"],
  [Version.ssl3, "SSLv3"],
  [Version.tls10, "TLSv10"],
  [Version.tls11, "TLSv11"],
  [Version.tls12, "TLSv12"],
  [Version.tls13, "TLSv13"],
  [Version.dtls10, "DTLSv10"],
  [Version.dtls12, "DTLSv12"],
  [Version.dtls13, "DTLSv13"],
]);

/** True for the numbers under which drafts of TLS 1.3 were used (0x7f and the draft's number). */
export function isDraftVersion(version: number): boolean {
  return version >> 8 === 0x7f;
}

/** True for versions that a hello may carry: released ones, drafts of TLS 1.3 and Facebook's experiment with them. */
export function isKnownVersion(version: number): boolean {
  return VERSION_NAMES.has(version) || isDraftVersion(version) || version >> 8 === 0xfb;
}

/** "TLSv12", "TLSv13-draft28", "unknown-4660". */
export function versionName(version: number): string {
  return VERSION_NAMES.get(version) ??
    (isDraftVersion(version) ? `TLSv13-draft${version & 0xff}` : `unknown-${version}`);
}

function readTable(text: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split("\n")) {
    const [number, name] = line.split("\t");
    if (name !== undefined && !line.startsWith("#")) names.set(parseInt(number!, 16), name);
  }
  return names;
}

const CIPHER_SUITE_NAMES = readTable(cipherSuiteTable);
const GROUP_NAMES = readTable(groupTable);

/** "TLS_AES_128_GCM_SHA256"; SSL 2.0's kinds have numbers of three bytes. */
export function cipherSuiteName(number: number): string {
  return CIPHER_SUITE_NAMES.get(number) ?? `unknown-${number}`;
}

/** "x25519", "secp256r1". */
export function groupName(number: number): string {
  return GROUP_NAMES.get(number) ?? `unknown-${number}`;
}

/** IANA, TLS Parameters, "TLS Alerts". */
const ALERT_NAMES: ReadonlyMap<number, string> = new Map([
  [0, "close_notify"],
  [10, "unexpected_message"],
  [20, "bad_record_mac"],
  [21, "decryption_failed"],
  [22, "record_overflow"],
  [30, "decompression_failure"],
  [40, "handshake_failure"],
  [41, "no_certificate"],
  [42, "bad_certificate"],
  [43, "unsupported_certificate"],
  [44, "certificate_revoked"],
  [45, "certificate_expired"],
  [46, "certificate_unknown"],
  [47, "illegal_parameter"],
  [48, "unknown_ca"],
  [49, "access_denied"],
  [50, "decode_error"],
  [51, "decrypt_error"],
  [60, "export_restriction"],
  [70, "protocol_version"],
  [71, "insufficient_security"],
  [80, "internal_error"],
  [86, "inappropriate_fallback"],
  [90, "user_canceled"],
  [100, "no_renegotiation"],
  [109, "missing_extension"],
  [110, "unsupported_extension"],
  [111, "certificate_unobtainable"],
  [112, "unrecognized_name"],
  [113, "bad_certificate_status_response"],
  [114, "bad_certificate_hash_value"],
  [115, "unknown_psk_identity"],
  [116, "certificate_required"],
  [120, "no_application_protocol"],
]);

/** "handshake_failure". */
export function alertName(description: number): string {
  return ALERT_NAMES.get(description) ?? `unknown-${description}`;
}

/** Cipher suites whose ServerKeyExchange names a group: ephemeral elliptic curves (RFC 8422 section 5.4). */
export function usesEllipticExchange(cipherSuite: number): boolean {
  const name = CIPHER_SUITE_NAMES.get(cipherSuite);
  return name !== undefined && (name.startsWith("TLS_ECDHE_") || name.startsWith("TLS_ECDH_ANON_"));
}

/** Values reserved to be ignored (RFC 8701): both bytes equal, low nibble ten. */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}
