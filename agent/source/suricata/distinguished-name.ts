// Names in certificates: Suricata writes "C=BE, O=GlobalSign nv-sa, CN=AlphaSSL CA", records have Zeek's form of RFC 2253,
// the last part first and a comma in a value escaped: "CN=AlphaSSL CA,O=GlobalSign nv-sa,C=BE".

/** Where a part begins: a comma inside a value is not followed by a type and an equals sign. */
const PART = /, (?=[A-Za-z][A-Za-z0-9.-]{0,40}=)/;
/** Longest name that is taken apart, characters; own choice. */
const LONGEST_NAME = 4096;

/** Names that are remembered in their new form: the certificates of a network are few, and each is seen all day. */
const MAXIMUM_KNOWN_NAMES = 4096;
const knownNames = new Map<string, string>();

/** The name in the order and with the escapes of RFC 2253. */
export function distinguishedName(text: string | undefined): string | undefined {
  if (text === undefined || text.length > LONGEST_NAME) return text;
  const known = knownNames.get(text);
  if (known !== undefined) return known;
  const name = text.split(PART).map((part) => part.replace(/[\\,+"<>;]/g, "\\$&")).reverse().join(",");
  if (knownNames.size >= MAXIMUM_KNOWN_NAMES) knownNames.clear();
  knownNames.set(text, name);
  return name;
}
