// Ports that hint at the server when the start of a flow was not seen: Zeek's `likely_server_ports`, which are the ports
// of the protocols it analyses by port (https://docs.zeek.org/en/master/scripts/base/protocols/).

const TCP_PORTS = [
  ...[21, 22, 23, 25, 53, 79, 80, 81, 88, 102, 110, 113, 135, 139, 143, 194, 389, 443, 445, 502, 513, 514, 554, 563],
  ...[585, 587, 614, 631, 636, 989, 990, 992, 993, 995, 1080, 1433, 1434, 1883, 2811, 3128, 3268, 3306, 3389, 5060],
  ...[5222, 5223, 5269, 5432, 6379, 6666, 6667, 6668, 6669, 8000, 8080, 8888, 20000],
];
const UDP_PORTS = [
  ...[53, 67, 88, 123, 137, 161, 162, 389, 443, 514, 1812, 2123, 2152, 3389, 3544, 4011, 4789, 5060, 5072, 5353, 5355],
  ...[6081, 20000],
];

const tcp = new Uint8Array(65536);
const udp = new Uint8Array(65536);
for (const port of TCP_PORTS) tcp[port] = 1;
for (const port of UDP_PORTS) udp[port] = 1;

export function isLikelyTcpServer(port: number): boolean {
  return tcp[port] === 1;
}

export function isLikelyUdpServer(port: number): boolean {
  return udp[port] === 1;
}
