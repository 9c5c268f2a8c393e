// RDP (MS-RDPBCGR): named once client and server have agreed to connect. With TLS the stream is handed on; without, the
// server's certificates, which it sends in its settings (section 2.2.1.4), become `x509` records.

import type { Analyzer, Flow, Output, Protocol } from "../../analyzer.ts";
import { parseCertificate } from "../x509/certificate.ts";
import { type CertificateLog, createCertificateLog } from "../x509/log.ts";
import { rdpClient, rdpServer } from "./binary.ts";
import { judge, newFirstBytes, recogniseLabel } from "./label.ts";
import { ascii, indexOf, uint16 } from "./look.ts";

const LOOKS = { client: rdpClient, server: rdpServer, telling: "both" } as const;

/** RDP with a memory of the certificates it has logged. */
export function createRdpProtocol(): Protocol {
  const certificates = createCertificateLog();
  return {
    name: "rdp",
    transport: "tcp",
    ports: [3389],
    recognise: (bytes, start, end, fromOrig) => recogniseLabel(LOOKS, bytes, start, end, fromOrig),
    analyze: (flow, output) => listen(flow, output, certificates),
  };
}

/** Header of a TPKT, whose last two bytes are the length with it; so no packet is longer than 65,535 bytes. */
const TPKT_BYTES = 4;
/** Where a negotiation response stands in the server's confirm, and its type (section 2.2.1.2.1). */
const NEGOTIATION = 11;
const NEGOTIATION_RESPONSE = 2;

function listen(flow: Flow, output: Output, certificates: CertificateLog): Analyzer {
  const client = newFirstBytes(LOOKS.client);
  const server = newFirstBytes(LOOKS.server);
  let confirmed = false;
  let packet = new Uint8Array(0);
  let length = 0;
  /** Reads the server's second packet, its settings, when it is there in full; false when there is no more to do. */
  const readSettings = (bytes: Uint8Array, start: number, end: number): boolean => {
    if (length + end - start > packet.length) {
      const grown = new Uint8Array(Math.min(0xffff, Math.max(packet.length * 2, length + end - start)));
      grown.set(packet.subarray(0, length));
      packet = grown;
    }
    const size = Math.min(end - start, packet.length - length);
    packet.set(bytes.subarray(start, start + size), length);
    length += size;
    if (length < TPKT_BYTES) return true;
    const wanted = uint16(packet, 2);
    if (packet[0] !== 3 || wanted < TPKT_BYTES) return false;
    if (length < wanted) return true;
    for (const der of serverCertificates(packet, wanted)) {
      const certificate = parseCertificate(der);
      if (certificate !== undefined) certificates.write(output, certificate, "host");
    }
    return false;
  };
  return {
    deliver(fromOrig, bytes, start, end) {
      if (confirmed) return fromOrig || readSettings(bytes, start, end);
      if (judge(fromOrig ? client : server, bytes, start, end) === "no") return false;
      if (client.answer !== "yes" || server.answer !== "yes" || fromOrig) return true;
      confirmed = true;
      output.service(flow, "rdp");
      const next = start + uint16(bytes, start + 2);
      const negotiated = next <= end && next - start >= NEGOTIATION + 8 &&
        bytes[start + NEGOTIATION] === NEGOTIATION_RESPONSE;
      // Zero is RDP's own encryption; everything else begins with TLS.
      if (negotiated && littleEndian32(bytes, start + NEGOTIATION + 4) !== 0) {
        output.upgrade(flow, "ssl", next);
        return false;
      }
      return next >= end || readSettings(bytes, next, end);
    },
    gap: () => false,
    finish() {},
  };
}

/** The key before the server's data blocks (section 2.2.1.4, T.124's "McDn"). */
const SERVER_KEY = ascii("McDn");
/** The block about encryption (section 2.2.1.4.3), and a certificate of it that is a chain of X.509 ones. */
const SECURITY_BLOCK = 0x0c02;
const X509_CHAIN = 2;
/** Certificates taken of one chain. */
const LONGEST_CHAIN = 8;

function serverCertificates(bytes: Uint8Array, end: number): Uint8Array[] {
  const key = indexOf(bytes, 0, end, SERVER_KEY);
  if (key < 0) return [];
  // Behind the key stands the length of what follows, in two bytes when it is 128 or more.
  let at = key + SERVER_KEY.length + (bytes[key + SERVER_KEY.length]! >= 0x80 ? 2 : 1);
  while (at + 4 <= end) {
    const size = littleEndian16(bytes, at + 2);
    if (size < 4 || at + size > end) return [];
    if (littleEndian16(bytes, at) === SECURITY_BLOCK) return chainOf(bytes, at, at + size);
    at += size;
  }
  return [];
}

/** Header, method, level, lengths of random and certificate, the random; then the certificate's version and count. */
function chainOf(bytes: Uint8Array, start: number, end: number): Uint8Array[] {
  if (end - start < 20) return [];
  const certificate = start + 20 + littleEndian32(bytes, start + 12);
  if (certificate + 8 > end || (littleEndian32(bytes, certificate) & 0x7fffffff) !== X509_CHAIN) return [];
  const count = Math.min(littleEndian32(bytes, certificate + 4), LONGEST_CHAIN);
  const chain: Uint8Array[] = [];
  let at = certificate + 8;
  while (chain.length < count && at + 4 <= end) {
    const size = littleEndian32(bytes, at);
    if (at + 4 + size > end) break;
    chain.push(bytes.slice(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return chain;
}

function littleEndian16(bytes: Uint8Array, at: number): number {
  return bytes[at]! | bytes[at + 1]! << 8;
}

function littleEndian32(bytes: Uint8Array, at: number): number {
  return (littleEndian16(bytes, at) | littleEndian16(bytes, at + 2) << 16) >>> 0;
}
