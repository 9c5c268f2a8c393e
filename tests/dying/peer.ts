// The thread of the peer network, which fails when it is commanded.

import "../../p2p/worker.ts";
import { dieOf } from "./die.ts";

dieOf(({ say }) => say === "command");
