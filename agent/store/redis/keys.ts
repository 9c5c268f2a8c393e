// The keys of the Redis home, documented for others in docs/store.md.

/** Version of what stands under the keys. */
export const VERSION = 4;
/** Digits (base 36) of an ordinal in a member, so that members sort as their ordinals do: 10^14 records. */
const ORDINAL_DIGITS = 9;

export type Keys = ReturnType<typeof keysOf>;

/** All keys under a prefix. */
export function keysOf(prefix: string) {
  return {
    version: `${prefix}version`,
    runs: `${prefix}runs`,
    lastRun: `${prefix}runs:last`,
    /** By the number of the run: changed by each connection that begins to write it. */
    writer: (run: number) => `${prefix}writer:${run}`,
    bytes: `${prefix}bytes`,
    state: `${prefix}state`,
    hosts: { first: `${prefix}hosts:first`, last: `${prefix}hosts:last` },
    /** What a sensor knows of a host. */
    host: (ip: string, sensor: string) => `${prefix}host:${ip}:at:${sensor}`,
    /** As version 1 had it. */
    hostOfAll: (ip: string) => `${prefix}host:${ip}`,
    sensors: { rows: `${prefix}sensors`, first: `${prefix}sensors:first`, last: `${prefix}sensors:last` },
    windows: { ofHost: (ip: string) => `${prefix}host:${ip}:windows`, byTime: `${prefix}windows:time` },
    peers: (sensor: string) => `${prefix}peers:${sensor}`,
    opinions: { ofHost: (ip: string) => `${prefix}host:${ip}:opinions`, byTime: `${prefix}opinions:time` },
    blocks: { rows: `${prefix}blocks`, byEnd: `${prefix}blocks:end` },
    answer: (question: string) => `${prefix}answer:${question}`,
    records: {
      /** By the member of a block. */
      block: (member: string) => `${prefix}records:${member}`,
      ofKind: (kind: string) => `${prefix}records:kind:${kind}`,
      ofHost: (ip: string, kind: string) => `${prefix}host:${ip}:records:${kind}`,
      uids: (suffix: string) => `${prefix}records:uids:${suffix}`,
      suffixes: `${prefix}records:suffixes`,
    },
    /** Until version 3. */
    singleRecords: {
      hash: (run: number, ordinal: number) => `${prefix}records:${run}:${Math.floor(ordinal / 512)}`,
      byTime: `${prefix}records:time`,
      byUid: (uid: string) => `${prefix}records:uid:${uid.slice(1, 3)}`,
      ofHost: (ip: string) => `${prefix}host:${ip}:records`,
    },
    evidence: {
      hash: `${prefix}evidence`,
      byTime: `${prefix}evidence:time`,
      byId: `${prefix}evidence:id`,
      ofHost: (ip: string) => `${prefix}host:${ip}:evidence`,
      /** For counting alone. */
      scored: (ip: string, sensor: string) => `${prefix}host:${ip}:scored:${sensor}`,
      stream: `${prefix}stream:evidence`,
    },
    alerts: {
      hash: `${prefix}alerts`,
      byTime: `${prefix}alerts:time`,
      byId: `${prefix}alerts:id`,
      ofHost: (ip: string) => `${prefix}host:${ip}:alerts`,
      /** For counting alone. */
      counted: (ip: string, sensor: string) => `${prefix}host:${ip}:alerts:${sensor}`,
      stream: `${prefix}stream:alerts`,
    },
  };
}

/**
 * The name of a block of records: "run.ordinal.seconds", the ordinal that of its first record, so that names sort as they
 * come, and the seconds (base 36) that it spans at most.
 */
export function blockMember(run: number, ordinal: number, span: number): string {
  return `${run}.${ordinal.toString(36).padStart(ORDINAL_DIGITS, "0")}.${Math.ceil(span).toString(36)}`;
}

/** The seconds that a block spans at most. */
export function blockSeconds(member: string): number {
  return parseInt(member.slice(member.lastIndexOf(".") + 1), 36);
}

/** Uids stand in the list of their last two characters: these differ in all forms that uids have. */
export function uidSuffix(uid: string): string {
  return uid.slice(-2);
}

/** The name of evidence or an alert in hashes and sorted sets: "run.id". */
export function findingMember(run: number, id: string): string {
  return `${run}.${id}`;
}

/** The name of a host at a sensor in sorted sets: "address sensor". */
export function hostMember(ip: string, sensor: string): string {
  return `${ip} ${sensor}`;
}

export function readHostMember(member: string): { ip: string; sensor: string } {
  const space = member.indexOf(" ");
  return { ip: member.slice(0, space), sensor: member.slice(space + 1) };
}
