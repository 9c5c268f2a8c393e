// SSH over one TCP connection: banners, key exchange, password attempts whose packet sizes tell success from failure, a session.

import { concat } from "../bytes.ts";
import {
  encryptedSshSize,
  SSH_PAYLOAD,
  type SshAlgorithms,
  sshBanner,
  sshEcdhInit,
  sshEcdhReply,
  sshKexInit,
  sshNewKeys,
} from "../message/ssh.ts";
import type { Host, Stage } from "../stage.ts";
import { fromClient, fromServer, pause, type Step } from "./step.ts";
import { type Conversation, tcpConversation, type TcpOptions } from "./tcp.ts";

/** How the conversation goes. */
export interface SshOptions extends Omit<TcpOptions, "steps"> {
  /** Default 22. */
  port?: number;
  /** Identification of the client; default an OpenSSH. */
  clientBanner?: string;
  serverBanner?: string;
  clientAlgorithms?: SshAlgorithms;
  serverAlgorithms?: SshAlgorithms;
  user?: string;
  /** Wrong passwords tried before; default 0. */
  failures?: number;
  /** Whether the last attempt succeeds; default true. */
  success?: boolean;
  /** Bytes typed and shown after the login, in turn, a second apart; default a short session. */
  session?: readonly (readonly [up: number, down: number])[];
  /** How far they get: only the banners, only the key exchange, or all the way (the default). */
  until?: "banners" | "keys" | "end";
}

/** Identifications of ordinary programs. */
export const OPENSSH_CLIENT = "SSH-2.0-OpenSSH_9.6", OPENSSH_SERVER = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u2";
/** What password guessing tools built on libssh2 call themselves. */
export const LIBSSH2_CLIENT = "SSH-2.0-libssh2_1.11.0";

/** Seconds a server waits before it refuses a password, as PAM does. */
const REFUSAL_DELAY = 1.8;
const SHORT_SESSION: NonNullable<SshOptions["session"]> = [[96, 200], [48, 800], [48, 1_600]];

/** Plays the login and the session and puts them into the story. */
export function sshConversation(stage: Stage, client: Host, server: Host, options: SshOptions = {}): Conversation {
  const {
    port = 22,
    clientBanner = OPENSSH_CLIENT,
    serverBanner = OPENSSH_SERVER,
    clientAlgorithms = {},
    serverAlgorithms = {},
    user = "root",
    failures = 0,
    success = true,
    session = SHORT_SESSION,
    until = "end",
    ...connection
  } = options;
  const chance = stage.random;
  const steps: Step[] = [fromServer(sshBanner(serverBanner)), fromClient(sshBanner(clientBanner))];
  if (until !== "banners") {
    steps.push(
      fromServer(sshKexInit(serverAlgorithms, chance.bytes(16))),
      fromClient(concat(sshKexInit(clientAlgorithms, chance.bytes(16)), sshEcdhInit(chance.bytes(32)))),
      fromServer(concat(sshEcdhReply(chance.bytes(32), chance.bytes(32), chance.bytes(64)), sshNewKeys())),
      fromClient(sshNewKeys()),
    );
  }
  if (until === "end") {
    const up = (payload: number) => fromClient(chance.bytes(encryptedSshSize(payload)));
    const down = (payload: number) => fromServer(chance.bytes(encryptedSshSize(payload)));
    steps.push(up(SSH_PAYLOAD.service), down(SSH_PAYLOAD.service));
    steps.push(up(SSH_PAYLOAD.askNone(user)), down(SSH_PAYLOAD.failure));
    for (let i = 0; i < failures; i++) {
      const length = chance.between(6, 12);
      steps.push(
        up(SSH_PAYLOAD.askPassword(user, "x".repeat(length))),
        pause(REFUSAL_DELAY),
        down(SSH_PAYLOAD.failure),
      );
    }
    if (success) {
      steps.push(up(SSH_PAYLOAD.askPassword(user, "x".repeat(10))), down(SSH_PAYLOAD.success));
      for (const [sent, shown] of session) steps.push(pause(1), up(sent), down(shown));
    }
  }
  return tcpConversation(stage, client, server, port, { ...connection, steps });
}
