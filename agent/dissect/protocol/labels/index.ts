// All protocols that are only named in `service`, those of the table and those that need more than a look.

import type { Protocol } from "../../analyzer.ts";
import { MYSQL, POSTGRESQL } from "./database.ts";
import type { FileSettings } from "../../files/file.ts";
import { ircProtocols } from "./irc.ts";
import { labelProtocol } from "./label.ts";
import { LDAP_TCP } from "./ldap.ts";
import { IMAP, POP3 } from "./mail.ts";
import { createRdpProtocol } from "./rdp.ts";
import { SMB } from "./smb.ts";
import { createSocksProtocol } from "./socks.ts";
import { LABELS } from "./table.ts";
import { XMPP } from "./xmpp.ts";

/** The labelled protocols of one run; SOCKS last, because its first bytes say the least. */
export function createLabelProtocols(fileSettings: FileSettings): readonly Protocol[] {
  return [
    SMB,
    createRdpProtocol(),
    LDAP_TCP,
    MYSQL,
    POSTGRESQL,
    ...ircProtocols(fileSettings),
    POP3,
    IMAP,
    XMPP,
    ...LABELS.map(labelProtocol),
    createSocksProtocol(),
  ];
}
