// The versions of QUIC whose first packets anybody on the way can read: what they are called, how they number their
// packet types, and the salts of their Initial keys.

/** How one version differs from the others in what is read here. */
export interface QuicVersion {
  /** Zeek's word for it. */
  readonly name: string;
  /** Salt of the Initial secret, hex. */
  readonly salt: string;
  /** What the labels of key, IV and header protection begin with (RFC 9001 section 5.1, RFC 9369 section 3.3.2). */
  readonly label: "quic" | "quicv2";
  /** The two type bits of Initial, 0-RTT, Handshake and Retry. */
  readonly types: {
    readonly initial: number;
    readonly zeroRtt: number;
    readonly handshake: number;
    readonly retry: number;
  };
}

const TYPES_1 = { initial: 0, zeroRtt: 1, handshake: 2, retry: 3 } as const;
/** RFC 9369 section 3.2: moved by one, so that nobody on the way gets used to them. */
const TYPES_2 = { initial: 1, zeroRtt: 2, handshake: 3, retry: 0 } as const;

/** RFC 9001 section 5.2; RFC 9369 section 3.3.1; draft-ietf-quic-tls-23 to -28 and -29 to -32, section 5.2. */
const SALT_1 = "38762cf7f55934b34d179ae6a4c80cadccbb7f0a";
const SALT_2 = "0dede3def700a6db819381be6e269dcbf9bd2ed9";
const SALT_DRAFT_29 = "afbfec289993d24c9e9786f19c6111e04390a899";
const SALT_DRAFT_23 = "c3eef712c72ebb5a11a7d2432bb46365bef9f502";

const VERSIONS: ReadonlyMap<number, QuicVersion> = new Map([
  [0x00000001, { name: "1", salt: SALT_1, label: "quic", types: TYPES_1 }],
  [0x6b3343cf, { name: "quicv2", salt: SALT_2, label: "quicv2", types: TYPES_2 }],
  ...Array.from({ length: 12 }, (_, i): [number, QuicVersion] => {
    const draft = 23 + i;
    const salt = draft < 29 ? SALT_DRAFT_23 : draft < 33 ? SALT_DRAFT_29 : SALT_1;
    return [0xff000000 + draft, { name: `draft-${draft}`, salt, label: "quic", types: TYPES_1 }];
  }),
]);

/** The version with this number, undefined when its packets cannot be read. */
export function quicVersion(number: number): QuicVersion | undefined {
  return VERSIONS.get(number);
}

/** "1", "quicv2", "draft-29", "unknown-babababa". */
export function quicVersionName(number: number): string {
  return VERSIONS.get(number)?.name ?? `unknown-${number.toString(16)}`;
}
