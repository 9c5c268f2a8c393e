// What the flow table can be told, each value with its unit and where it comes from. Names of Zeek's own settings are
// those of its init-bare.zeek (https://docs.zeek.org/en/master/scripts/base/init-bare.zeek.html).

import type { HashName } from "../files/digest.ts";

export interface DissectorSettings {
  /** Seconds of silence after which an established TCP connection is over. */
  readonly tcpInactivityTimeout: number;
  /** Seconds of silence after which a UDP flow is over, or a TCP connection that was never established. */
  readonly udpInactivityTimeout: number;
  /** Seconds of silence after which an ICMP flow is over. */
  readonly icmpInactivityTimeout: number;
  /** Seconds of silence after which a flow of another IP protocol is over. */
  readonly unknownIpInactivityTimeout: number;
  /** Seconds that a SYN may remain without any answer. */
  readonly tcpAttemptDelay: number;
  /** Seconds that a closed connection is kept, for stragglers. */
  readonly tcpCloseDelay: number;
  /** Seconds that a connection is kept after a RST that follows a FIN. */
  readonly tcpResetDelay: number;
  /** Seconds that a connection is kept after a FIN from a side never heard before. */
  readonly tcpPartialCloseDelay: number;
  /** Seconds without a packet after which what is left of a tunnel without ports is closed. */
  readonly tunnelExpiration: number;
  /** Flows alive at once; beyond it the one silent for longest is ended early. */
  readonly maximumFlows: number;
  /** Bytes out of order kept for one side of one flow. */
  readonly reassemblyBytesPerSide: number;
  /** Bytes out of order kept in all. */
  readonly reassemblyBytes: number;
  /** Bytes kept in all while protocols are being recognised. */
  readonly recognitionBytes: number;
  /** Analyzers at work at once; beyond it new flows are followed without one. */
  readonly maximumAnalyzers: number;
  /**
   * Whether what only logs show, and no detector reads, is worked out: community ids of connections, hashes of files, the
   * validity of certificates. A seventh of all work.
   */
  readonly logDetails: boolean;
  /** Hashes of files that are looked up, and so taken even if no log shows them. */
  readonly fileHashes: readonly HashName[];
  /** Whether certificates are looked up by their SHA-1: each is then a file as well, as in Zeek's files.log. */
  readonly certificateHashes: boolean;
  /** Whether TCP, UDP and ICMP checksums are checked; packets that fail are then not counted, as in Zeek. */
  readonly validateChecksums: boolean;
}

const MEBIBYTE = 2 ** 20;

export const DEFAULT_SETTINGS: DissectorSettings = {
  // Zeek's tcp_inactivity_timeout is 5 minutes; one hour keeps long quiet connections whole, which the detectors need.
  tcpInactivityTimeout: 3600,
  udpInactivityTimeout: 60,
  icmpInactivityTimeout: 60,
  unknownIpInactivityTimeout: 60,
  tcpAttemptDelay: 5,
  tcpCloseDelay: 5,
  tcpResetDelay: 0.1,
  tcpPartialCloseDelay: 3,
  // Zeek's Tunnel::expiration_interval.
  tunnelExpiration: 24 * 3600,
  // About 220 bytes each, so about 220 MB when all are alive.
  maximumFlows: 1_000_000,
  // A receive window without much scaling: what a well-behaved sender may have in flight behind one lost segment.
  reassemblyBytesPerSide: MEBIBYTE,
  reassemblyBytes: 128 * MEBIBYTE,
  recognitionBytes: 32 * MEBIBYTE,
  // One to two kilobytes each: about 200 MB when all are at work.
  maximumAnalyzers: 150_000,
  logDetails: true,
  fileHashes: [],
  certificateHashes: false,
  // Zeek checks by default; captures taken where the card computes them are full of wrong ones.
  validateChecksums: false,
};
