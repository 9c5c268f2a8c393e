// The thread by which sensors share what they know, which fails when it is asked for an answer.

import "../../agent/sharing/worker.ts";
import { dieOf } from "./die.ts";

dieOf(({ say }) => say === "find");
