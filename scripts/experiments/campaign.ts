// The long experiment: a network of peers through weeks of traffic. Hosts come and go; attackers turn to the peers first
// and to the observer some rounds later, so that the peers' warnings are worth something; innocent hosts come as often,
// and some are always there. One round is one decision period.

import {
  ANCHORED,
  type Contestant,
  contestant,
  type ContestantName,
  CONTESTANTS,
  decide,
  see,
  tell,
} from "./contestant.ts";
import { grantedCredit } from "../../p2p/trust/formula/hedge.ts";
import { trustSettings } from "../../p2p/trust/settings.ts";
import { ADAPTIVE, type Lie, type Statement } from "./liars.ts";
import { type Random, random } from "./random.ts";

export interface Plan {
  readonly lie: Lie;
  /** Share of the peers that lie, 0..1. */
  readonly liars: number;
  readonly rounds: number;
  readonly seed: number;
  readonly contestants?: readonly ContestantName[];
}

/** One host. */
interface Host {
  number: number;
  ip: string;
  attacks: boolean;
  /** Rounds between which it is there; of these, for an attacker, the one in which it turns to the observer. */
  from: number;
  until: number;
  turns: number;
  /** Always there: counts for false alarms only. */
  resident: boolean;
}

/** One machine of a peer. */
interface Machine {
  number: number;
  lies: boolean;
  identities: string[];
  /** What it found out itself: rounds in which it saw a host quiet, and whether it saw it attack. */
  quiet: Map<string, number>;
  /** Until which round it says so: what looked odd by chance is cleared up some rounds later. */
  blames: Map<string, number>;
  born: number;
}

/** What is counted for one contestant. */
export interface Tally {
  /** Decisions about hosts that come and go, all and after the first half, and those that were right. */
  decisions: number;
  right: number;
  lateDecisions: number;
  lateRight: number;
  attackers: number;
  attackersFound: number;
  innocent: number;
  falseAlarms: number;
  /** Innocent hosts that peers alone got blocked. */
  falseBlocks: number;
  /** Decisions about attackers that peers alone would have blocked before we saw them attack. */
  rightBlocks: number;
  /** Sum of rounds from an attacker's coming to its detection, and attackers. */
  delay: number;
  delayed: number;
  /** The most wrong decisions beyond those of local-only, at any moment of the run. */
  deficit: number;
  /** Mean trust in liars and in honest peers at the end. */
  trustInLiars: number;
  trustInHonest: number;
  messages: number;
  /** Credit granted without gain (ours): the proven bound of the deficit. */
  granted: number;
}

const ROUND = 3600;
const PEERS = 10;
/** New hosts each round, on the average; half of them attack. */
const ARRIVALS = 0.6;
/** Rounds that they stay; rounds after which an attacker turns to the observer, from and to. */
const STAY = 30;
const TURNS_FROM = 6;
const TURNS_TO = 12;
const RESIDENTS = 6;
/** Chances per round: that an attacker attacks a peer, that an attack is detected. */
const ATTACKS_PEER = 0.6;
const ATTACKS_OBSERVER = 0.9;
const DETECTED = 0.8;
/** Chances per round that something innocent looks odd: to a peer, which then blames, and to the observer. */
const PEER_FALSE_ALARM = 0.001;
const FALSE_ALARM_LASTS = 6;
const OWN_SUSPICION = 0.03;
/** A host is young for so many rounds (liars who pick their moment). */
const YOUNG = 12;

/** Runs the plan with all contestants. */
export function campaign(plan: Plan): Map<ContestantName, Tally> {
  const chance = random(plan.seed, `campaign ${plan.lie.name} ${plan.liars}`);
  const world = random(plan.seed, "the world");
  const hosts = hostsOf(plan.rounds, world);
  const machines = machinesOf(plan);
  const honest = machines.filter(({ lies }) => !lies);
  const anchors = honest.slice(0, Math.round(ANCHORED * machines.length)).flatMap((m) => m.identities);
  const names = plan.contestants ?? CONTESTANTS;
  const contestants = names.map((name) => contestant(name, anchors));
  const ours = contestants.find(({ name }) => name === "smartshield");
  const tallies = new Map(names.map((name) => [name, newTally()]));
  const gap = new Map<string, number>();
  const found = new Set<string>();
  const recorded: { peer: string; ip: string; score: number; confidence: number; id: string }[] = [];

  for (let round = 0; round < plan.rounds; round++) {
    const at = round * ROUND;
    for (const machine of machines) announce(machine, round, at, plan.lie, contestants);
    const present = hosts.filter((host) => host.from <= round && round < host.until);
    if (plan.lie.attackers) present.push(...attackingLiars(machines, round, plan.rounds));
    for (const host of present) {
      for (const machine of machines) speak(machine, host, round, at);
    }
    if (plan.lie.replays) replay(at);
    for (const host of present) {
      for (const who of contestants) enterDecision(who, host, round, at);
    }
    for (const host of present) {
      live(host, round, at);
    }
  }
  for (const who of contestants) finish(who);
  return tallies;

  /** What a machine has to say about a host this round. */
  function speak(machine: Machine, host: Host, round: number, at: number): void {
    const knows = honestOpinion(machine, host, round, chance);
    const peer = machine.identities[0]!;
    const trust = plan.lie === ADAPTIVE ? ours?.trust?.trust(peer, at) ?? 0 : 0;
    const said = !machine.lies ? knows : plan.lie.say({
      attacks: host.attacks,
      honest: knows,
      round,
      rounds: plan.rounds,
      host: host.number,
      young: round - host.from < YOUNG,
      trust,
      random: chance,
    });
    if (said === undefined) return;
    for (const identity of machine.identities) {
      for (let copy = 0; copy < (machine.lies ? plan.lie.copies ?? 1 : 1); copy++) {
        const id = `${round}/${host.number}/${copy}`;
        const kind = copy === 0 ? "opinion" as const : "report" as const;
        for (const who of contestants) tell(who, identity, host.ip, { kind, id, ...said, at });
        for (const tally of tallies.values()) tally.messages++;
        if (machine.lies && plan.lie.replays && recorded.length < 500) {
          recorded.push({ peer: identity, ip: host.ip, ...said, id });
        }
      }
    }
  }

  function replay(at: number): void {
    for (const { peer, ip, ...said } of recorded) {
      for (const who of contestants) tell(who, peer, ip, { kind: "report", ...said, at });
    }
  }

  function enterDecision(who: Contestant, host: Host, round: number, at: number): void {
    const tally = tallies.get(who.name as ContestantName)!;
    const { attacker, blocks } = decide(who, host.ip, at);
    const right = attacker === host.attacks;
    if (!host.attacks) {
      tally.innocent++;
      if (attacker) tally.falseAlarms++;
      if (blocks) tally.falseBlocks++;
    } else if (blocks) tally.rightBlocks++;
    if (host.attacks && attacker && !found.has(`${who.name} ${host.ip}`)) {
      found.add(`${who.name} ${host.ip}`);
      tally.delay += round - host.from;
      tally.delayed++;
    }
    const localWrong = who.alerted.has(host.ip) !== host.attacks;
    const behind = (gap.get(who.name) ?? 0) + (right ? 0 : 1) - (localWrong ? 1 : 0);
    gap.set(who.name, behind);
    tally.deficit = Math.max(tally.deficit, behind);
    if (host.resident) return;
    tally.decisions++;
    if (right) tally.right++;
    if (host.attacks) tally.attackers++;
    if (host.attacks && attacker) tally.attackersFound++;
    if (round < plan.rounds / 2) return;
    tally.lateDecisions++;
    if (right) tally.lateRight++;
  }

  /** What happens between the decisions: attacks, and who sees them. */
  function live(host: Host, round: number, at: number): void {
    for (const machine of machines) {
      const attacked = host.attacks && chance.chance(ATTACKS_PEER) && chance.chance(DETECTED);
      const mistaken = !host.attacks && chance.chance(PEER_FALSE_ALARM);
      if (attacked) machine.blames.set(host.ip, Infinity);
      else if (mistaken) machine.blames.set(host.ip, round + FALSE_ALARM_LASTS);
      else machine.quiet.set(host.ip, (machine.quiet.get(host.ip) ?? 0) + 1);
    }
    const attacked = host.attacks && round >= host.turns && chance.chance(ATTACKS_OBSERVER) && chance.chance(DETECTED);
    const odd = !host.attacks && chance.chance(OWN_SUSPICION);
    const verdict = attacked
      ? { kind: "attack" as const }
      : odd
      ? { kind: "suspicion" as const, share: 0.1 + 0.6 * chance.next() }
      : { kind: "quiet" as const };
    // Half a round after the decisions: what peers say next comes later than what we found.
    for (const who of contestants) see(who, host.ip, verdict, at + ROUND / 2);
  }

  function finish(who: Contestant): void {
    const tally = tallies.get(who.name as ContestantName)!;
    const at = plan.rounds * ROUND;
    const mean = (of: readonly Machine[]): number =>
      of.length === 0 ? 0 : of.reduce((sum, m) => sum + (who.trust?.trust(m.identities[0]!, at) ?? 0), 0) / of.length;
    tally.trustInLiars = mean(machines.filter(({ lies }) => lies));
    tally.trustInHonest = mean(honest);
    const kept = who.trust?.snapshot();
    if (kept?.model === "smartshield") tally.granted = grantedCredit(kept.hedge, trustSettings());
  }
}

function newTally(): Tally {
  return {
    decisions: 0,
    right: 0,
    lateDecisions: 0,
    lateRight: 0,
    attackers: 0,
    attackersFound: 0,
    innocent: 0,
    falseAlarms: 0,
    falseBlocks: 0,
    rightBlocks: 0,
    delay: 0,
    delayed: 0,
    deficit: 0,
    trustInLiars: 0,
    trustInHonest: 0,
    messages: 0,
    granted: 0,
  };
}

function hostsOf(rounds: number, world: Random): Host[] {
  const hosts: Host[] = [];
  for (let i = 0; i < RESIDENTS; i++) {
    const number = hosts.length;
    hosts.push({ number, ip: `198.51.100.${i + 1}`, attacks: false, from: 0, until: rounds, turns: 0, resident: true });
  }
  for (let round = 0; round < rounds; round++) {
    if (!world.chance(ARRIVALS)) continue;
    const number = hosts.length;
    const attacks = world.chance(0.5);
    const turns = round + TURNS_FROM + world.below(TURNS_TO - TURNS_FROM + 1);
    const ip = `203.0.${number >> 8}.${number & 255}`;
    hosts.push({ number, ip, attacks, from: round, until: round + STAY, turns, resident: false });
  }
  return hosts;
}

function machinesOf({ lie, liars }: Plan): Machine[] {
  const lying = Math.round(liars * PEERS);
  return Array.from({ length: PEERS }, (_, number) => {
    const lies = number >= PEERS - lying;
    const identities = Array.from({ length: lies ? lie.identities ?? 1 : 1 }, (_, i) => `peer ${number}/${i}`);
    return { number, lies, identities, quiet: new Map(), blames: new Map(), born: 0 };
  });
}

/** Peers are met at the start, and again when they come under new names. */
function announce(machine: Machine, round: number, at: number, lie: Lie, contestants: readonly Contestant[]): void {
  const renewed = machine.lies && lie.newNameAfter !== undefined && round > 0 && round % lie.newNameAfter === 0;
  if (renewed) machine.identities = [`peer ${machine.number}/round ${round}`];
  if (round > 0 && !renewed) return;
  for (const [i, identity] of machine.identities.entries()) {
    const own = lie.addresses === true || renewed;
    const address = own ? `10.1.${round % 250 + i}.${machine.number}` : `10.0.0.${machine.number + 2}`;
    for (const { trust } of contestants) trust?.peerSeen(identity, { address, subnet: "10.0.0.0/8", at });
  }
}

/** The machines of liars as hosts that attack. */
function attackingLiars(machines: readonly Machine[], round: number, rounds: number): Host[] {
  return machines.filter(({ lies }) => lies).map(({ number }) => ({
    number: 1_000_000 + number,
    ip: `10.0.0.${number + 2}`,
    attacks: true,
    from: 0,
    until: rounds,
    turns: Math.floor(rounds / 4),
    resident: round >= STAY,
  }));
}

function honestOpinion(machine: Machine, host: Host, round: number, chance: Random): Statement | undefined {
  const clip = (value: number): number => Math.min(1, Math.max(0, value));
  if (round <= (machine.blames.get(host.ip) ?? -1)) {
    return { score: clip(chance.normal(0.95, 0.05)), confidence: clip(chance.normal(0.9, 0.05)) };
  }
  const quiet = machine.quiet.get(host.ip) ?? 0;
  // Not to have seen an attack says little.
  return quiet === 0 ? undefined : { score: 0, confidence: Math.min(0.2, 0.02 * quiet) };
}
