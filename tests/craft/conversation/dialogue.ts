// Protocols spoken in lines: SMTP, FTP, and any other that fits `dialogue`.

import type { Data } from "../source.ts";
import { ephemeralPort, type Host, type Stage } from "../stage.ts";
import { fromClient, fromServer, type Side, type Step } from "./step.ts";
import { type Conversation, tcpConversation, type TcpOptions } from "./tcp.ts";

/** Lines in turn: `["S", "220 ready"]`, `["C", "HELO me"]`; the line ends are added. */
export type Line = readonly [who: "C" | "S", text: string];

/** The lines as steps of a connection. */
export function dialogue(lines: readonly Line[]): Step[] {
  return lines.map(([who, text]) => who === "C" ? fromClient(`${text}\r\n`) : fromServer(`${text}\r\n`));
}

/** How mail is handed over. */
export interface SmtpOptions extends Omit<TcpOptions, "steps"> {
  /** Default 25. */
  port?: number;
  helo?: string;
  from?: string;
  to?: readonly string[];
  subject?: string;
  userAgent?: string;
  text?: string;
  /** Logs in before; `reply` is what the server says at the end, such as `535 5.7.8 Authentication failed`. */
  login?: { user: string; password: string; reply?: string };
  /** Switches to TLS after EHLO; what follows cannot be read. */
  startTls?: boolean;
}

/** One mail, or one login that fails and so ends the connection. */
export function smtpConversation(stage: Stage, client: Host, server: Host, options: SmtpOptions = {}): Conversation {
  const {
    port = 25,
    helo = client.name,
    from = "alice@example.com",
    to = ["bob@example.org"],
    subject = "Minutes",
    userAgent,
    text = "See the attachment.",
    login,
    startTls,
    ...connection
  } = options;
  const lines: Line[] = [
    ["S", `220 ${server.name} ESMTP ready`],
    ["C", `EHLO ${helo}`],
    ["S", `250-${server.name}\r\n250-STARTTLS\r\n250 AUTH LOGIN PLAIN`],
  ];
  if (startTls) {
    lines.push(["C", "STARTTLS"], ["S", "220 2.0.0 Ready to start TLS"]);
    return tcpConversation(stage, client, server, port, {
      ...connection,
      steps: [...dialogue(lines), fromClient(300), fromServer(2_000), fromClient(800), fromServer(100)],
    });
  }
  const reply = login?.reply ?? "235 2.7.0 Accepted";
  if (login !== undefined) {
    lines.push(["C", "AUTH LOGIN"], ["S", "334 VXNlcm5hbWU6"]);
    lines.push(["C", btoa(login.user)], ["S", "334 UGFzc3dvcmQ6"], ["C", btoa(login.password)], ["S", reply]);
  }
  if (reply.startsWith("2")) {
    lines.push(["C", `MAIL FROM:<${from}>`], ["S", "250 2.1.0 Ok"]);
    for (const each of to) lines.push(["C", `RCPT TO:<${each}>`], ["S", "250 2.1.5 Ok"]);
    const agent = userAgent === undefined ? "" : `User-Agent: ${userAgent}\r\n`;
    const head = `From: <${from}>\r\nTo: ${
      to.map((each) => `<${each}>`).join(", ")
    }\r\nSubject: ${subject}\r\n${agent}`;
    lines.push(["C", "DATA"], ["S", "354 End data with <CR><LF>.<CR><LF>"]);
    lines.push(["C", `${head}\r\n${text}\r\n.`], ["S", "250 2.0.0 Ok: queued as 4B1F2"]);
  }
  lines.push(["C", "QUIT"], ["S", "221 2.0.0 Bye"]);
  return tcpConversation(stage, client, server, port, { ...connection, steps: dialogue(lines), closedBy: "server" });
}

/** How files are fetched or stored. */
export interface FtpOptions extends Omit<TcpOptions, "steps"> {
  user?: string;
  password?: string;
  /** The server's word on the login; default success. */
  loginReply?: string;
  /** A file over its own connection, announced by PASV, EPSV or PORT. */
  transfer?: { name: string; data: Data; store?: boolean; mode?: "passive" | "extended" | "active" };
}

const FTP_PORT = 21, FTP_ACTIVE_DATA_PORT = 20;
/** Seconds the control connection rests during a transfer. */
const TRANSFER_TIME = 2;

/** The control connection and, with a transfer, the data connection; both are returned. */
export function ftpConversation(
  stage: Stage,
  client: Host,
  server: Host,
  options: FtpOptions = {},
): { control: Conversation; data?: Conversation } {
  const { user = "anonymous", password = "guest@example.com", transfer, ...rest } = options;
  const { loginReply = "230 Login successful.", ...connection } = rest;
  const before: Line[] = [
    ["S", `220 ${server.name} FTP ready`],
    ["C", `USER ${user}`],
    ["S", "331 Please specify the password."],
    ["C", `PASS ${password}`],
    ["S", loginReply],
  ];
  const after: Line[] = [["C", "QUIT"], ["S", "221 Goodbye."]];
  if (transfer === undefined) {
    const steps = dialogue([...before, ...after]);
    return { control: tcpConversation(stage, client, server, FTP_PORT, { ...connection, steps }) };
  }
  const mode = transfer.mode ?? "passive";
  const listener = mode === "active" ? client : server;
  const port = ephemeralPort(listener);
  before.push(["C", "TYPE I"], ["S", "200 Switching to Binary mode."], ...announcement(mode, listener, port));
  before.push(["C", `${transfer.store ? "STOR" : "RETR"} ${transfer.name}`], [
    "S",
    "150 Opening BINARY mode data connection.",
  ]);
  after.unshift(["S", "226 Transfer complete."]);
  const start = options.at ?? stage.clock;
  const control = tcpConversation(stage, client, server, FTP_PORT, {
    ...connection,
    at: start,
    steps: [...dialogue(before), { pause: TRANSFER_TIME }, ...dialogue(after)],
  });
  const sender: Side = transfer.store ? "client" : "server";
  // Played inside the pause of the control connection.
  const at = control.end - TRANSFER_TIME;
  const flow = (from: Side): Step => from === "client" ? fromClient(transfer.data) : fromServer(transfer.data);
  const data = mode === "active"
    ? tcpConversation(stage, server, client, port, {
      at,
      clientPort: FTP_ACTIVE_DATA_PORT,
      steps: [flow(sender === "client" ? "server" : "client")],
    })
    : tcpConversation(stage, client, server, port, { at, steps: [flow(sender)], closedBy: sender });
  stage.endedAt(Math.max(control.end, data.end));
  return { control, data };
}

function announcement(mode: "passive" | "extended" | "active", listener: Host, port: number): Line[] {
  const numbers = [...listener.ipBytes, port >> 8, port & 0xff].join(",");
  switch (mode) {
    case "passive":
      return [["C", "PASV"], ["S", `227 Entering Passive Mode (${numbers}).`]];
    case "extended":
      return [["C", "EPSV"], ["S", `229 Entering Extended Passive Mode (|||${port}|).`]];
    case "active":
      return [["C", `PORT ${numbers}`], ["S", "200 PORT command successful."]];
  }
}
