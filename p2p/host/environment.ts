// To be imported before libp2p: some of its libraries look through all environment variables when they are loaded, which
// this program's threads may not. They see an empty environment instead; it would only switch debugging on.

import process from "node:process";

Object.defineProperty(process, "env", { value: {}, configurable: true, writable: true });
