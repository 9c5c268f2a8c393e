// The detectors, in the order in which they judge a record. A detector that leaves a mark comes before those that heed it.

import type { Detector } from "./contract.ts";
import { portScan } from "./port-scan.ts";
import { longConnection } from "./long-connection.ts";
import { port0 } from "./port-0.ts";
import { privateIp } from "./private-ip.ts";
import { reconnectionAttempts } from "./reconnection-attempts.ts";
import { unknownPort } from "./unknown-port.ts";
import { multiplePorts } from "./multiple-ports.ts";
import { differentLocalNetwork } from "./different-local-network.ts";
import { dataUpload } from "./data-upload.ts";
import { nonHttpPort80 } from "./non-http-port-80.ts";
import { nonSslPort443 } from "./non-ssl-port-443.ts";
import { arpScan } from "./arp-scan.ts";
import { arpOutsideLocalNetwork } from "./arp-outside-local-network.ts";
import { unsolicitedArp } from "./unsolicited-arp.ts";
import { mitmArp } from "./mitm-arp.ts";
import { icmpScan } from "./icmp-scan.ts";
import { dhcpScan } from "./dhcp-scan.ts";
import { dgaNxdomains } from "./dga-nxdomains.ts";
import { arpaScan } from "./arpa-scan.ts";
import { invalidDnsResolution } from "./invalid-dns-resolution.ts";
import { highEntropyTxt } from "./high-entropy-txt.ts";
import { dnsWithoutConnection } from "./dns-without-connection.ts";
import { connectionWithoutDns } from "./connection-without-dns.ts";
import { httpTraffic } from "./http-traffic.ts";
import { suspiciousUserAgent } from "./suspicious-user-agent.ts";
import { idsAlert } from "./ids-alert.ts";
import { sshSuccessful } from "./ssh-successful.ts";
import { passwordGuessing } from "./password-guessing.ts";
import { gre } from "./gre.ts";
import { leak } from "./leak.ts";
import { multipleSshVersions } from "./multiple-ssh-versions.ts";
import { deviceChangingIp } from "./device-changing-ip.ts";
import { weirdHttpMethod } from "./weird-http-method.ts";
import { pastebinDownload } from "./pastebin-download.ts";
import { smtpLogin } from "./smtp-login.ts";
import { emptyConnections } from "./empty-connections.ts";
import { executableMimeType } from "./executable-mime-type.ts";
import { multipleUserAgent } from "./multiple-user-agent.ts";
import { incompatibleUserAgent } from "./incompatible-user-agent.ts";
import { listedVisitor } from "./listed-visitor.ts";
import { login } from "./login.ts";
import { incompatibleCn } from "./incompatible-cn.ts";
import { cnUrlMismatch } from "./cn-url-mismatch.ts";
import { selfSignedCertificate } from "./self-signed-certificate.ts";
import { dnsOverHttps } from "./dns-over-https.ts";
import { youngDomain } from "./young-domain.ts";
import { peers } from "./peers.ts";
import { blacklistedIp } from "./blacklisted-ip.ts";
import { blacklistedAsn } from "./blacklisted-asn.ts";
import { blacklistedDomain } from "./blacklisted-domain.ts";
import { blacklistedDnsAnswer } from "./blacklisted-dns-answer.ts";
import { torExitNode } from "./tor-exit-node.ts";
import { maliciousJa3 } from "./malicious-ja3.ts";
import { maliciousJa4 } from "./malicious-ja4.ts";
import { maliciousSslCert } from "./malicious-ssl-cert.ts";
import { maliciousJarm } from "./malicious-jarm.ts";
import { maliciousDownloadedFile } from "./malicious-downloaded-file.ts";
import { maliciousUrl } from "./malicious-url.ts";

export const DETECTORS: readonly Detector[] = [
  portScan,
  longConnection,
  port0,
  privateIp,
  reconnectionAttempts,
  unknownPort,
  multiplePorts,
  differentLocalNetwork,
  dataUpload,
  nonHttpPort80,
  nonSslPort443,
  arpScan,
  arpOutsideLocalNetwork,
  unsolicitedArp,
  mitmArp,
  icmpScan,
  dhcpScan,
  dgaNxdomains,
  arpaScan,
  invalidDnsResolution,
  highEntropyTxt,
  dnsWithoutConnection,
  connectionWithoutDns,
  httpTraffic,
  suspiciousUserAgent,
  idsAlert,
  sshSuccessful,
  passwordGuessing,
  gre,
  leak,
  multipleSshVersions,
  deviceChangingIp,
  weirdHttpMethod,
  pastebinDownload,
  smtpLogin,
  emptyConnections,
  executableMimeType,
  multipleUserAgent,
  incompatibleUserAgent,
  login,
  incompatibleCn,
  cnUrlMismatch,
  selfSignedCertificate,
  dnsOverHttps,
  youngDomain,
  peers,
  blacklistedIp,
  listedVisitor,
  blacklistedAsn,
  blacklistedDomain,
  blacklistedDnsAnswer,
  torExitNode,
  maliciousJa3,
  maliciousJa4,
  maliciousSslCert,
  maliciousJarm,
  maliciousDownloadedFile,
  maliciousUrl,
];
