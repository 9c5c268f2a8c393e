// What has to be worked out because a log of an older Zeek says it in other fields, or does not say it: by kind, on the
// slots of the record and those beside it.

import type { Kind } from "../../record/schema.ts";
import { contentId } from "../../record/uid.ts";
import { KIND_FORMS } from "./kinds.ts";

type Values = unknown[];
type Work = (values: Values) => void;

/** Reads and writes one field of a kind in its slot. */
function field(kind: Kind, name: string): { get(values: Values): unknown; fill(values: Values, value: unknown): void } {
  const slot = KIND_FORMS[kind].names.indexOf(name);
  return {
    get: (values) => values[slot],
    fill: (values, value) => values[slot] ??= value,
  };
}

/** For a kind whose records belong to a connection: an identifier, when the log has none. */
function connectionId(kind: Kind): Work {
  const uid = field(kind, "uid");
  const parts = ["ts", "orig_h", "orig_p", "resp_h", "resp_p"].map((name) => field(kind, name));
  return (values) => {
    if (uid.get(values) === undefined) {
      uid.fill(values, contentId("C", ...parts.map(({ get }) => get(values) as string | number)));
    }
  };
}

/** Fills one field with what is usual. */
function usually(kind: Kind, name: string, value: string | number): Work {
  const { fill } = field(kind, name);
  return (values) => fill(values, value);
}

function all(...works: Work[]): Work {
  return (values) => {
    for (const work of works) work(values);
  };
}

/**
 * Before Zeek 5, files.log said who sent (`tx_hosts`) and who received (`rx_hosts`), each a set, instead of naming the
 * connection. `is_orig` says whether the sender is the one who began the connection; without it, it is the server.
 */
function filesOfHosts(): Work {
  const [sent, received, uids] = ["tx_hosts", "rx_hosts", "conn_uids"].map((name) => field("files", name)) as [
    ReturnType<typeof field>,
    ReturnType<typeof field>,
    ReturnType<typeof field>,
  ];
  const [origH, respH, uid, isOrig] = ["orig_h", "resp_h", "uid", "is_orig"].map((name) => field("files", name));
  const [fuid, ts] = [field("files", "fuid"), field("files", "ts")];
  const first = (list: unknown) => Array.isArray(list) ? list[0] : undefined;
  return (values) => {
    const sender = first(sent.get(values));
    const receiver = first(received.get(values));
    const fromOrig = isOrig!.get(values) === true;
    origH!.fill(values, fromOrig ? sender : receiver);
    respH!.fill(values, fromOrig ? receiver : sender);
    uid!.fill(values, first(uids.get(values)));
    if (fuid.get(values) === undefined) {
      fuid.fill(values, contentId("F", ts.get(values) as number, String(uid!.get(values))));
    }
  };
}

/** Before Zeek 2.5, ssh.log had the words "success" and "failure". */
function sshStatus(): Work {
  const status = field("ssh", "status");
  const success = field("ssh", "auth_success");
  return (values) => {
    const word = status.get(values);
    if (word === "success" || word === "failure") success.fill(values, word === "success");
  };
}

/** Before Zeek 2.6, dhcp.log was one line of one connection. */
function dhcpOfConnection(): Work {
  const [uid, origH, respH] = ["uid", "id.orig_h", "id.resp_h"].map((name) => field("dhcp", name));
  const [uids, client, server] = ["uids", "client_addr", "server_addr"].map((name) => field("dhcp", name));
  return (values) => {
    const one = uid!.get(values);
    if (one !== undefined) uids!.fill(values, [one]);
    const from = origH!.get(values);
    if (from !== "0.0.0.0") client!.fill(values, from);
    const to = respH!.get(values);
    if (to !== "255.255.255.255") server!.fill(values, to);
  };
}

/** Zeek's script for ARP gives no identifier; ours comes from the content. */
function arpId(): Work {
  const uid = field("arp", "uid");
  const parts = ["ts", "operation", "src_mac", "dst_mac", "orig_h", "resp_h"].map((name) => field("arp", name));
  return (values) => {
    if (uid.get(values) === undefined) {
      uid.fill(values, contentId("A", ...parts.map(({ get }) => get(values) as string | number)));
    }
  };
}

/** What is to be done for a kind before its record is made; nothing for most. */
export const OLD_FIELDS: Readonly<Partial<Record<Kind, Work>>> = {
  // A connection whose state nobody told has no state that says it came to be.
  conn: all(connectionId("conn"), usually("conn", "conn_state", "")),
  dns: all(connectionId("dns"), usually("dns", "proto", "udp")),
  http: all(connectionId("http"), usually("http", "trans_depth", 1)),
  smtp: all(connectionId("smtp"), usually("smtp", "trans_depth", 1)),
  ssl: connectionId("ssl"),
  ssh: all(connectionId("ssh"), sshStatus()),
  ftp: connectionId("ftp"),
  tunnel: connectionId("tunnel"),
  login: all(connectionId("login"), usually("login", "proto", "tcp")),
  quic: connectionId("quic"),
  ntp: connectionId("ntp"),
  arp: arpId(),
  files: filesOfHosts(),
  dhcp: dhcpOfConnection(),
};
