// Facts: what single records teach about the network, made once by the router in stream order and given to every
// detector worker, so that all of them hold the same picture (network.ts) whatever share of the profiles they own.

export type Fact =
  /** A DNS answer: `client` asked for `query` and got `addresses` (IPs) by way of `aliases` (CNAMEs). */
  | {
    fact: "resolved";
    ts: number;
    uid: string;
    client: string;
    query: string;
    addresses: readonly string[];
    aliases: readonly string[];
  }
  /** A host with this address was seen behind this Ethernet address. */
  | { fact: "mac"; ts: number; ip: string; mac: string }
  /** The name a host gave itself (DHCP). */
  | { fact: "hostname"; ip: string; name: string }
  | { fact: "dhcp_server"; ip: string }
  | { fact: "gateway"; ip: string | undefined; mac: string | undefined }
  /** The network that is ours, as CIDR. */
  | { fact: "local_network"; cidr: string }
  /** The name a client asked a TLS server for. */
  | { fact: "server_name"; ip: string; name: string }
  /** A name that a server was called by HTTP's Host, or has in its certificate. */
  | { fact: "claimed_name"; ip: string; name: string }
  /** A certificate of which a session only gave the fingerprint; `names` are its alternative DNS names. */
  | {
    fact: "certificate";
    fingerprint: string;
    subject: string | undefined;
    issuer: string | undefined;
    names: readonly string[];
  }
  /** An FTP server announced a data connection on this port. */
  | { fact: "ftp_data"; ip: string; port: number }
  /**
   * The wire is watched from this time on (Unix seconds): what passed before, since the run was interrupted, nobody saw.
   * Where it lies behind stream time, the clock was set back.
   */
  | { fact: "watching"; since: number }
  /** The profile has been idle longest and the number of live profiles is bounded: forget it. */
  | { fact: "forget"; profile: string };
