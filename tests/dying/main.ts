// The whole program with a thread that fails: DYING names the module of it in this folder, and its own; or none.

import * as urls from "../../agent/thread-urls.ts";
import { withThread } from "./die.ts";

const [name, instead] = Deno.env.get("DYING")!.split(" ") as [keyof typeof urls, string | undefined];
const program = () => import("../../main.ts");
if (instead === undefined) await program();
else await withThread(urls[name], new URL(`./${instead}.ts`, import.meta.url), program);
