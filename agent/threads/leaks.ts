// The thread that looks for leaks, as main sees it. It must not hold up a run, nor end it: when a rule does not come back or
// the engine breaks down, another thread goes on without the rule; and when even that does not help, nobody looks any more.

import type { FromSearch, RuleFile, ToSearch } from "../dissect/leaks/messages.ts";
import { createPulse, type Pulse, PULSE_INTERVAL } from "../pulse.ts";
import { LEAKS_URL } from "../thread-urls.ts";
import { planAfter, type RulePlan } from "./leak-rules.ts";
import type { ThreadOptions } from "./types.ts";

/** Seconds that compiling may take. Own choice: ten thousand rules need about 20 on an idle machine. */
const COMPILE_SECONDS = 300;
/** Files that are named in one sentence. */
const NAMED = 3;

export interface LeaksEvents {
  /** Something the user must know; one sentence. */
  warning(sentence: string): void;
  /** Another thread looks from now on: the dissectors' ways to it, one each; undefined when nobody looks any more. */
  moved(ports: readonly MessagePort[] | undefined): void;
}

export interface LeaksThread {
  /** The dissectors' ways to it, one each. */
  readonly ports: readonly MessagePort[];
  stop(): void;
}

interface Running {
  readonly worker: Worker;
  readonly pulse: Pulse;
  readonly ports: readonly MessagePort[];
  /** Names of files that it cannot use. */
  readonly refused: Set<string>;
}

/** Starts the thread for so many dissectors; it has no permission. */
export function startLeaks(
  { engine, rules, hangSeconds, url = LEAKS_URL }: NonNullable<ThreadOptions["leaks"]>,
  dissectors: number,
  events: LeaksEvents,
): LeaksThread {
  let plan: RulePlan = { files: rules, isOneByOne: false, guilty: 0 };
  let running: Running | undefined;

  function start(): Running {
    const worker = new Worker(url, { type: "module", name: "leaks", deno: { permissions: "none" } });
    const channels = Array.from({ length: dissectors }, () => new MessageChannel());
    const pulse = createPulse();
    const started = { worker, pulse, ports: channels.map(({ port2 }) => port2), refused: new Set<string>() };
    const tell = (message: ToSearch, transfer: Transferable[]): void => worker.postMessage(message, transfer);
    worker.onerror = (event) => {
      event.preventDefault();
      if (running === started) replace(pulse.running(), `failed (${event.message})`, REPORT);
    };
    worker.onmessage = ({ data }: MessageEvent<FromSearch>) => {
      if (running !== started) return;
      switch (data.say) {
        case "engine":
          engine().then(
            (bytes) => tell({ say: "engine", engine: bytes }, [bytes.buffer]),
            (error) =>
              running === started && giveUp(`The engine that looks for leaks cannot be read (${String(error)})`),
          );
          break;
        case "refused":
          started.refused.add(data.name);
          events.warning(data.sentence);
          break;
        case "failed":
          events.warning(data.sentence);
          break;
        case "broken":
          replace(data.call, `failed (${data.reason})`, REPORT);
          break;
      }
    };
    const { files, isOneByOne } = plan;
    tell({ say: "start", rules: files, isOneByOne, pulse: pulse.memory }, channels.map(({ port1 }) => port1));
    return started;
  }

  /** Goes on with another thread after `call` has done `what`, a verb. */
  function replace(call: number, what: string, advice: string): void {
    const { worker, refused } = running!;
    worker.terminate();
    const { plan: next, leftOut } = planAfter(plan, call, refused);
    if (next === undefined) return giveUp(`The search for leaks with the built-in rules ${what}`, REPORT);
    const doing = call < 0 ? "Compiling" : "Looking for leaks with";
    events.warning(
      leftOut.length === 0
        ? `${doing} your YARA rules ${what}; they are tried one by one from now on.`
        : `${doing} your YARA rules ${namesOf(leftOut)} ${what}; they are not used any more in this run. ${advice}`,
    );
    plan = next;
    running = start();
    events.moved(running.ports);
  }

  function giveUp(why: string, advice = ""): void {
    running?.worker.terminate();
    running = undefined;
    clearInterval(watchdog);
    events.warning(`${why}; leaks are not looked for any more in this run. ${advice}`.trimEnd());
    events.moved(undefined);
  }

  const watchdog = setInterval(() => {
    const { pulse } = running!;
    const call = pulse.running();
    const seconds = call < 0 ? Math.max(COMPILE_SECONDS, hangSeconds) : hangSeconds;
    if (pulse.look(performance.now()) > 1000 * seconds) replace(call, `took more than ${seconds} s`, SPEED_UP);
  }, PULSE_INTERVAL);

  running = start();
  return {
    ports: running.ports,
    stop() {
      clearInterval(watchdog);
      running?.worker.terminate();
      running = undefined;
    },
  };
}

const REPORT = "Please report this.";
const SPEED_UP = "Make them cheaper (docs/leaks.md), or allow them more time (leaks.hang_seconds).";

function namesOf(files: readonly RuleFile[]): string {
  const names = files.slice(0, NAMED).map(({ name }) => name).join(", ");
  return files.length <= NAMED ? names : `${names} and ${files.length - NAMED} more`;
}
