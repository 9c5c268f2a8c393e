// The list of protocols, one line each. A function and not a constant, because some protocols share what they remember
// across flows (a file fetched in ranges, software already reported, FTP's data channels): each run has its own.

import type { Protocol } from "../analyzer.ts";
import type { FileSettings } from "../files/file.ts";
import { newShared } from "../shared.ts";
import { createDhcpProtocol } from "./dhcp.ts";
import { DNS_TCP, DNS_UDP } from "./dns.ts";
import { type CertificateSettings, createEncryptedProtocols } from "./encrypted.ts";
import { ftpProtocols } from "./ftp.ts";
import { httpProtocol } from "./http.ts";
import { LOGIN_PROTOCOLS } from "./login.ts";
import { createLabelProtocols } from "./labels/index.ts";
import { NTP } from "./ntp.ts";
import { smbFilesProtocol } from "./smb.ts";
import { smtpProtocol } from "./smtp.ts";

/**
 * All protocols of one run, in the order in which they are asked to recognise a flow. `fileSettings` says whether files are
 * hashed, `certificates` whether it is found out who vouches for a server, and whether its certificate is hashed.
 */
export function createProtocols(
  fileSettings?: FileSettings,
  certificates: CertificateSettings = { validates: true, hashes: false },
): readonly Protocol[] {
  const shared = newShared(fileSettings);
  return [
    DNS_UDP,
    DNS_TCP,
    createDhcpProtocol(),
    NTP,
    ...createEncryptedProtocols(shared.software, certificates),
    httpProtocol(shared),
    smtpProtocol(shared),
    ...ftpProtocols(shared),
    ...LOGIN_PROTOCOLS,
    smbFilesProtocol(shared),
    ...createLabelProtocols(shared.fileSettings),
  ];
}
