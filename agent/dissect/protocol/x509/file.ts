// A certificate as a file: as Zeek has it in files.log, with the SHA-1 by which lists of bad certificates name it.

import { createHash } from "node:crypto";
import type { RecordOf } from "../../../record/schema.ts";
import type { Flow } from "../../analyzer.ts";
import { fuidOf } from "../../files/fuid.ts";

/** The record of a peer's own certificate (DER), seen at `ts`. */
export function certificateFile(flow: Flow, isClient: boolean, der: Uint8Array, ts: number): RecordOf<"files"> {
  const sha1 = createHash("sha1").update(der).digest("hex");
  const { uid, orig_h, orig_p, resp_h, resp_p } = flow;
  return {
    kind: "files",
    ts,
    fuid: fuidOf(`${uid} certificate ${sha1}`),
    uid,
    orig_h,
    orig_p,
    resp_h,
    resp_p,
    source: "SSL",
    depth: 0,
    analyzers: ["X509", "SHA1"],
    mime_type: "application/x-x509-user-cert",
    duration: 0,
    is_orig: isClient,
    seen_bytes: der.length,
    total_bytes: der.length,
    missing_bytes: 0,
    overflow_bytes: 0,
    timedout: false,
    sha1,
  };
}
