// Facts on the flat lists.

import type { Fact } from "../facts.ts";
import {
  type FlatReader,
  type FlatWriter,
  putDouble,
  putNumber,
  putTerm,
  putTerms,
  putText,
  putTexts,
  putWord,
  takeDouble,
  takeNumber,
  takeTerm,
  takeTerms,
  takeText,
  takeTexts,
  takeWord,
} from "./lists.ts";

/** Every kind of fact; its place is its number in a message. */
const NAMES = [
  ...["resolved", "mac", "hostname", "claimed_name", "dhcp_server", "gateway", "local_network", "server_name"],
  ...["certificate", "ftp_data", "forget", "watching"],
] as const satisfies readonly Fact["fact"][];

export function putFact(to: FlatWriter, fact: Fact): void {
  putWord(to, NAMES.indexOf(fact.fact));
  switch (fact.fact) {
    case "resolved":
      putDouble(to, fact.ts);
      putText(to, fact.uid);
      putTerm(to, fact.client);
      putText(to, fact.query);
      putTerms(to, fact.addresses);
      return putTexts(to, fact.aliases);
    case "mac":
      putDouble(to, fact.ts);
      putTerm(to, fact.ip);
      return putTerm(to, fact.mac);
    case "hostname":
    case "claimed_name":
    case "server_name":
      putTerm(to, fact.ip);
      return putText(to, fact.name);
    case "dhcp_server":
      return putTerm(to, fact.ip);
    case "gateway":
      putTerm(to, fact.ip);
      return putTerm(to, fact.mac);
    case "local_network":
      return putText(to, fact.cidr);
    case "certificate":
      putTerm(to, fact.fingerprint);
      putText(to, fact.subject);
      putText(to, fact.issuer);
      return putTexts(to, fact.names);
    case "ftp_data":
      putTerm(to, fact.ip);
      return putNumber(to, fact.port);
    case "forget":
      return putText(to, fact.profile);
    case "watching":
      return putDouble(to, fact.since);
  }
}

export function takeFact(from: FlatReader): Fact {
  const fact = NAMES[takeWord(from)]!;
  switch (fact) {
    case "resolved":
      return {
        fact,
        ts: takeDouble(from),
        uid: takeText(from)!,
        client: takeTerm(from)!,
        query: takeText(from)!,
        addresses: takeTerms(from)!,
        aliases: takeTexts(from)!,
      };
    case "mac":
      return { fact, ts: takeDouble(from), ip: takeTerm(from)!, mac: takeTerm(from)! };
    case "hostname":
    case "claimed_name":
    case "server_name":
      return { fact, ip: takeTerm(from)!, name: takeText(from)! };
    case "dhcp_server":
      return { fact, ip: takeTerm(from)! };
    case "gateway":
      return { fact, ip: takeTerm(from), mac: takeTerm(from) };
    case "local_network":
      return { fact, cidr: takeText(from)! };
    case "certificate":
      return {
        fact,
        fingerprint: takeTerm(from)!,
        subject: takeText(from),
        issuer: takeText(from),
        names: takeTexts(from)!,
      };
    case "ftp_data":
      return { fact, ip: takeTerm(from)!, port: takeNumber(from)! };
    case "forget":
      return { fact, profile: takeText(from)! };
    case "watching":
      return { fact, since: takeDouble(from) };
  }
}
