// Alerts of another IDS: what a rule of Suricata's has matched, told as a finding of its own, so that it adds up with all
// that the behaviour of the same host shows.

import type { ThreatLevel } from "../agent/evidence/evidence.ts";
import { IDS_ALERT_NOTE, readIdsRule } from "../agent/record/ids-alert.ts";
import { defineDetector } from "./contract.ts";
import { cut, TEXT_LENGTH } from "./shown.ts";

/**
 * Threat level by Suricata's severity (https://docs.suricata.io/en/latest/rules/meta.html, "priority": 1 is the highest);
 * all other numbers, 255 among them, are informational.
 */
const THREATS: Readonly<Record<number, ThreatLevel>> = { 1: "high", 2: "medium", 3: "low" };

export const idsAlert = defineDetector({
  name: "ids-alert",
  summary: "A rule of Suricata's has matched: another program takes this traffic for an attack or against the rules",
  raises: {
    ids_alert: {
      meaning:
        "Suricata looked at the same traffic and one of its rules matched; the sentence says which. The threat " +
        "level follows the severity of the rule: 1 is high, 2 medium, 3 low. The confidence is the rule's own, where its " +
        "metadata give one (high 0.9, medium 0.7, low 0.5).",
      threats: ["high", "medium", "low", "info"],
      techniques: ["T1190"],
      falsePositives: "Rules that only inform, and broad ones such as lists of addresses of poor reputation, match " +
        "harmless traffic every day; whoever is scanned from the Internet has many of them.",
      whatToDo: "Look the rule up by its number, and decide whether the host runs what the rule is about. What never " +
        "applies to you is best switched off in Suricata itself.",
    },
  },
  settings: {
    confidence: {
      value: 0.8,
      unit: "",
      meaning: "confidence in a rule whose authors do not say how sure they are",
      minimum: 0,
      maximum: 1,
    },
    high: { value: 0.9, unit: "", meaning: "confidence in a rule of high confidence", minimum: 0, maximum: 1 },
    medium: { value: 0.7, unit: "", meaning: "confidence in a rule of medium confidence", minimum: 0, maximum: 1 },
    low: { value: 0.5, unit: "", meaning: "confidence in a rule of low confidence", minimum: 0, maximum: 1 },
  },
  on: {
    notice(record, context) {
      if (record.note !== IDS_ALERT_NOTE) return;
      const rule = readIdsRule(record.sub ?? "");
      const attacker = record.src ?? context.profile;
      const victim = record.dst ?? attacker;
      const { high, medium, low, confidence } = context.settings;
      const category = rule.category === "" ? "" : ` (${cut(rule.category, TEXT_LENGTH)})`;
      const technique = rule.techniques.length === 0
        ? ""
        : `, ATT&CK ${rule.techniques.slice(0, TECHNIQUES_SHOWN).join(", ")}`;
      const blocked = record.actions?.includes("blocked") ? "; Suricata blocked it" : "";
      const finding = {
        type: "ids_alert",
        threat: THREATS[record.n ?? 0] ?? "info",
        confidence: { high, medium, low }[rule.confidence.toLowerCase()] ?? confidence,
        proto: record.proto,
        src_port: record.orig_p,
        dst_port: record.resp_p,
        method: "Signature",
        description: `Suricata: ${cut(record.msg ?? "", TEXT_LENGTH)}${category}, rule ${rule.id}${technique}, ` +
          `from ${attacker} to ${victim}${blocked}`,
        fold: `${rule.id} ${attacker} ${victim}`,
      } as const;
      // Told on both ends: it counts against the attacker, and the victim's page shows who attacked it.
      context.raise({
        ...finding,
        profile: attacker,
        attacker: { direction: "src", kind: "ip", value: attacker },
        victim: { direction: "dst", kind: "ip", value: victim },
      }, {
        ...finding,
        profile: victim,
        attacker: { direction: "dst", kind: "ip", value: attacker },
        victim: { direction: "src", kind: "ip", value: victim },
      });
    },
  },
});

/** Techniques in one sentence. */
const TECHNIQUES_SHOWN = 3;
