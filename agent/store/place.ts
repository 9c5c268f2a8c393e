// Where a store is, as users say it.

import { join } from "node:path";
import { InputError, systemReason } from "../errors.ts";

/** A home of the store and how to get there. */
export type Place = SqlitePlace | RedisPlace;

export interface SqlitePlace {
  readonly kind: "sqlite";
  /** The file. */
  readonly path: string;
}

export interface RedisPlace {
  readonly kind: "redis";
  /** What it is called in sentences: without the password. */
  readonly where: string;
  /** One server, or several of a cluster or of one that is replicated. */
  readonly addresses: readonly RedisAddress[];
  readonly tls: boolean;
  /** Certificates that vouch for it, in PEM form, instead of the system's. */
  readonly authorities: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  /** All keys begin so; in braces, so that a cluster keeps them together (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags). */
  readonly prefix: string;
}

export type RedisAddress = { readonly host: string; readonly port: number } | { readonly socket: string };

/** Name of an SQLite store in its directory. */
export const STORE_FILE = "store.sqlite";
/** Why an address cannot be a store's. */
export const NOT_PERMITTED =
  "the executable may contact this machine and private IPv4 addresses only (docs/permissions.md)";
const DEFAULT_PORT = 6379;
const DEFAULT_PREFIX = "smartshield";
const FORMS =
  "redis://[USER:PASSWORD@]HOST[:PORT][,HOST…][/DATABASE][?prefix=NAME], rediss://… for TLS, redis+unix:///PATH/OF/SOCKET, or the path of an SQLite file";

/**
 * Reads a place: the path of an SQLite file, of a directory with one, or the address of a Redis.
 * @throws {InputError} when it is none.
 */
export function readPlace(text: string): Place {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1];
  if (scheme !== undefined) return readRedis(text, scheme.toLowerCase());
  return { kind: "sqlite", path: isDirectory(text) ? join(text, STORE_FILE) : text };
}

function readRedis(text: string, scheme: string): RedisPlace {
  const rest = text.slice(scheme.length + "://".length);
  // The last one: a password may hold any character, and must not be taken for a part that is told.
  const at = rest.lastIndexOf("@");
  const where = `${scheme}://${rest.slice(at + 1)}`;
  const wrong = (what: string): never => {
    throw new InputError(`The store ${where} ${what}; a store is ${FORMS}.`);
  };
  if (!["redis", "rediss", "redis+unix"].includes(scheme)) wrong("is of no kind that is known");
  const decoded = (part: string): string => {
    try {
      return decodeURIComponent(part);
    } catch {
      return wrong("has a % that begins no character (write % as %25)");
    }
  };
  const [user, password] = credentials(rest.slice(0, Math.max(0, at))).map((part) => part && decoded(part));
  const [, hosts, path, query] = /^([^/?]*)(\/[^?]*)?(?:\?(.*))?$/.exec(rest.slice(at + 1))!;
  const options = new URLSearchParams(query ?? "");
  const known = scheme === "redis+unix" ? ["prefix", "db"] : scheme === "rediss" ? ["prefix", "ca"] : ["prefix"];
  for (const name of options.keys()) if (!known.includes(name)) wrong(`has an option ${name} that is not known`);

  const name = options.get("prefix") ?? DEFAULT_PREFIX;
  if (!/^[\w.:-]{1,64}$/.test(name)) wrong("needs a prefix of letters, digits and _ . : -");
  const isSocket = scheme === "redis+unix";
  if (isSocket && (hosts !== "" || (path ?? "/") === "/")) wrong("names no socket");
  const number = isSocket ? options.get("db") ?? "0" : path?.slice(1) || "0";
  if (!/^\d{1,5}$/.test(number)) wrong("needs a database that is a number");
  const authorities = options.get("ca");
  return {
    kind: "redis",
    where,
    addresses: isSocket
      ? [{ socket: decoded(path!) }]
      : hosts!.split(",").map((host) => readAddress(host) ?? wrong("names no server")),
    tls: scheme === "rediss",
    authorities: authorities === null ? undefined : readAuthorities(authorities),
    user: user || undefined,
    password: password || undefined,
    database: Number(number),
    prefix: `{${name}}:`,
  };
}

/** "user:password", "user", or ":password". */
function credentials(text: string): [string, string] {
  const colon = text.indexOf(":");
  return colon < 0 ? [text, ""] : [text.slice(0, colon), text.slice(colon + 1)];
}

/** "host", "host:port", "[2001:db8::1]:port". */
function readAddress(text: string): RedisAddress | undefined {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const number = port === undefined ? DEFAULT_PORT : Number(port);
  return host === undefined || number < 1 || number > 65_535 ? undefined : { host, port: number };
}

function readAuthorities(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new InputError(`The certificates ${path} cannot be read: ${systemReason(error)}.`);
  }
}

/** An address as permissions name it: "10.0.0.5:6379", "[2001:db8::1]:6379". */
export function hostAndPort({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
