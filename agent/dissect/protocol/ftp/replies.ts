// Which reply codes go with which commands (RFC 959 section 5.4, RFC 2389, RFC 2428, RFC 3659): clients send several
// commands before the first is answered, and a transfer has two replies.

const REPLIES: Readonly<Record<string, string>> = {
  "<init>": "120 220 421 0",
  USER: "230 331 332 421 530 500 501",
  PASS: "230 202 332 421 530 500 501 503",
  ACCT: "230 202 421 530 500 501 503",
  CWD: "250 421 500 501 502 530 550",
  CDUP: "200 250 421 500 501 502 530 550",
  SMNT: "202 250 421 500 501 502 530 550",
  REIN: "120 220 421 500 502",
  QUIT: "221 500 0",
  PORT: "200 421 500 501 530",
  PASV: "227 421 500 501 502 530",
  MODE: "200 421 500 501 502 504 530",
  TYPE: "200 421 500 501 504 530",
  STRU: "200 421 500 501 504 530",
  ALLO: "200 202 421 500 501 504 530",
  REST: "200 350 421 500 501 502 530",
  STOR: "110 125 150 226 250 421 425 426 451 551 552 532 450 452 553 500 501 530 550",
  STOU: "110 125 150 226 250 421 425 426 451 551 552 532 450 452 553 500 501 530 550",
  RETR: "110 125 150 226 250 421 425 426 451 450 500 501 530 550",
  LIST: "125 150 226 250 421 425 426 451 450 500 501 502 530 550",
  NLST: "125 150 226 250 421 425 426 451 450 500 501 502 530 550",
  APPE: "125 150 226 250 421 425 426 451 551 552 532 450 550 452 553 500 501 502 530",
  RNFR: "350 421 450 550 500 501 502 530",
  RNTO: "250 421 532 553 500 501 502 503 530",
  DELE: "250 421 450 550 500 501 502 530",
  RMD: "250 421 500 501 502 530 550",
  MKD: "257 421 500 501 502 530 550",
  PWD: "257 421 500 501 502 550",
  ABOR: "225 226 421 500 501 502",
  SYST: "215 421 500 501 502 530",
  STAT: "211 212 213 421 450 500 501 502 530",
  HELP: "200 211 214 421 500 501 502",
  SITE: "200 202 214 500 501 502 530",
  NOOP: "200 421 500",
  FEAT: "211 500 502",
  OPTS: "200 451 501",
  EPSV: "229 500 501",
  EPRT: "200 500 501 522",
  SIZE: "213 500 501 550",
  MDTM: "213 500 501 550",
  MLST: "150 226 250 500 501 550",
  MLSD: "150 226 250 500 501 550",
  CLNT: "200 500",
  AUTH: "234 334 431 500 502 504 534",
};

const CODES = new Map(
  Object.entries(REPLIES).map(([command, codes]) => [command, new Set(codes.split(" ").map(Number))]),
);

/** A command that waits for its reply. */
export interface Command {
  readonly ts: number;
  readonly name: string;
  readonly argument: string;
}

/** How well a reply fits a command; the highest is its command. */
export function fitness(command: Command, code: number, text: string): number {
  let score = code === 500 || CODES.get(command.name)?.has(code) ? 100 : 0;
  if (text.includes(command.name)) score += 20;
  if (command.argument !== "" && text.includes(command.argument)) score += 10;
  return score;
}
