// How the alert of another IDS stands in a `notice` record: the rule, and what the rule says of itself, in `sub`.
//
//     1:2403388:66418 Misc Attack; confidence High; technique T1190,T1059.001

/** The `note` of the record of an alert of Suricata's, by which it is told from Zeek's notices. */
export const IDS_ALERT_NOTE = "Suricata::Alert";

/** What a rule says of itself. */
export interface IdsRule {
  /** Generator, signature and revision: "1:2403388:66418". */
  readonly id: string;
  readonly category: string;
  /** "High", "Medium" or "Low": how sure its authors are; "" when they do not say. */
  readonly confidence: string;
  /** ATT&CK technique ids. */
  readonly techniques: readonly string[];
}

const PART = "; ";
/** An ATT&CK technique, or sub-technique. */
const TECHNIQUE = /^T\d{4}(\.\d{3})?$/;

/** The `sub` of an alert's record. */
export function idsRuleText({ id, category, confidence, techniques }: IdsRule): string {
  const known = techniques.filter((technique) => TECHNIQUE.test(technique));
  return [
    `${id} ${category.replaceAll(PART, ", ")}`.trimEnd(),
    ...(confidence === "" ? [] : [`confidence ${confidence.replaceAll(PART, ", ")}`]),
    ...(known.length === 0 ? [] : [`technique ${known.join(",")}`]),
  ].join(PART);
}

/** The rule that the `sub` of an alert's record speaks of. */
export function readIdsRule(sub: string): IdsRule {
  const [first = "", ...parts] = sub.split(PART);
  const blank = first.indexOf(" ");
  const said = (word: string) => parts.find((part) => part.startsWith(`${word} `))?.slice(word.length + 1) ?? "";
  return {
    id: blank < 0 ? first : first.slice(0, blank),
    category: blank < 0 ? "" : first.slice(blank + 1),
    confidence: said("confidence"),
    techniques: said("technique").split(",").filter((technique) => TECHNIQUE.test(technique)),
  };
}
