// Why packets cannot be captured, in words that say what helps.

import { EACCES, ENETDOWN, ENOBUFS, ENODEV, ENOMEM, ENXIO, EPERM, SystemError } from "../../../ffi/libc.ts";
import { PcapError } from "../../../ffi/libpcap.ts";
import { LibraryMissing } from "../../../ffi/library-paths.ts";

/** The user can mend it: `message` is one sentence. */
export class Refusal extends Error {
  override name = "Refusal";
}

/** What gives the rights to capture, other than being root. */
export const RIGHTS_ADVICE =
  "run it as root, or give it the rights once with: sudo setcap cap_net_raw,cap_net_admin=eip smartshield";

/** The refusal that explains `error`, or `error` itself when nobody can mend it. */
export function explained(error: unknown, interfaceName: string): unknown {
  const because = (reason: string): Refusal =>
    new Refusal(`The packets of ${interfaceName} cannot be captured: ${reason}.`);
  if (error instanceof SystemError) {
    switch (error.errno) {
      case EPERM:
      case EACCES:
        return because(`the program lacks the rights; ${RIGHTS_ADVICE}`);
      case ENOMEM:
      case ENOBUFS:
        return because("the kernel has no memory for them; make the ring smaller (capture.ring_mebibytes)");
      case ENETDOWN:
        return because(`the interface is switched off; switch it on with: sudo ip link set ${interfaceName} up`);
      case ENODEV:
      case ENXIO:
        return because("the interface has just gone");
      default:
        return because(error.message);
    }
  }
  if (error instanceof PcapError) return because(`libpcap says: ${error.message}`);
  return error;
}

/** libpcap is wanted for something and is not there. */
export function withoutLibpcap(error: unknown, wanted: string): unknown {
  if (!(error instanceof LibraryMissing)) return error;
  return new Refusal(
    `${wanted} needs libpcap, which is not installed: apt install libpcap0.8, dnf install libpcap, or pacman -S libpcap.`,
  );
}
