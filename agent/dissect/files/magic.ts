// The first bytes by which a file format is known, and the name of its type as Zeek's logs spell it. The bytes are those
// of each format's own specification; the strength decides when several fit, so a document that is stored in a zip file
// is not called a zip file.

/** One format: `at` is an offset into the file, `bytes` what stands there ("\xNN", and "." for any byte). */
export interface Magic {
  readonly type: string;
  readonly strength: number;
  readonly at: number;
  readonly bytes: string;
  /** A second place that has to fit as well. */
  readonly alsoAt?: number;
  readonly also?: string;
}

function magic(strength: number, type: string, bytes: string, at = 0, also?: string, alsoAt?: number): Magic {
  return also === undefined || alsoAt === undefined
    ? { type, strength, at, bytes }
    : { type, strength, at, bytes, also, alsoAt };
}

const OPEN_DOCUMENT = "application/vnd.oasis.opendocument.";
const OPEN_DOCUMENT_START = "\x08\x00\x00\x00mimetypeapplication/vnd.oasis.opendocument.";
/** Where the name length of a zip file's first member stands, 4 bytes before the name. */
const ZIP_NAME_LENGTH = 26;

function openDocument(kind: string): readonly Magic[] {
  return [
    magic(
      120,
      `${OPEN_DOCUMENT}${kind}-template`,
      "PK\x03\x04",
      0,
      `${OPEN_DOCUMENT_START}${kind}-template`,
      ZIP_NAME_LENGTH,
    ),
    magic(110, `${OPEN_DOCUMENT}${kind}`, "PK\x03\x04", 0, `${OPEN_DOCUMENT_START}${kind}`, ZIP_NAME_LENGTH),
  ];
}

/** Lengths of the headers a Windows bitmap may have, at offset 14. */
const BITMAP_HEADERS = ["\x0c", "\x28", "\x40", "\x6c", "\x7c", "\x80"];
/** Second bytes of an MPEG-1 audio frame header without and with its checksum, by layer. */
const MPEG_AUDIO = ["\xe2", "\xe3", "\xf2", "\xf3", "\xf6", "\xf7", "\xfa", "\xfb", "\xfc", "\xfd"];
/** ELF's e_type (System V ABI, chapter 4). */
const ELF_TYPES = [["x-object", "\x01"], ["x-executable", "\x02"], ["x-sharedlib", "\x03"], [
  "x-coredump",
  "\x04",
]] as const;

/** All formats with fixed bytes; text formats are in text-magic.ts. */
export const MAGIC: readonly Magic[] = [
  // Executables
  magic(51, "application/x-dosexec", "MZ"),
  ...ELF_TYPES.flatMap(([name, type]) => [
    magic(50, `application/${name}`, "\x7fELF.\x01", 0, `${type}\x00`, 16),
    magic(50, `application/${name}`, "\x7fELF.\x02", 0, `\x00${type}`, 16),
  ]),
  magic(100, "application/x-mach-o-executable", "\xce\xfa\xed\xfe"),
  magic(100, "application/x-mach-o-executable", "\xcf\xfa\xed\xfe"),
  ...Array.from(
    { length: 20 },
    (_, i) => magic(100, "application/x-mach-o-executable", "\xca\xfe\xba\xbe..\x00" + String.fromCharCode(i + 1)),
  ),
  ...Array.from(
    { length: 8 },
    (_, i) => magic(71, "application/x-java-applet", "\xca\xfe\xba\xbe..." + String.fromCharCode(0x2d + i)),
  ),
  magic(49, "application/x-ms-shortcut", "L\x00\x00\x00\x01\x14\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00F"),
  // Archives and compressed data
  magic(10, "application/zip", "PK\x03\x04"),
  magic(10, "application/zip", "PK\x07\x08PK\x03\x04"),
  magic(70, "application/x-rar", "Rar!"),
  magic(100, "application/x-gzip", "\x1f\x8b"),
  magic(110, "application/vnd.ms-cab-compressed", "MSCF\x00\x00\x00\x00"),
  magic(100, "application/x-xar", "xar!"),
  magic(70, "application/x-rpm", "\xed\xab\xee\xdb"),
  magic(70, "application/x-rpm", "drpm"),
  magic(171, "application/x-debian-package", "!<arch>\ndebian"),
  magic(70, "application/x-archive", "!<arch>"),
  magic(70, "application/x-stuffit", "SIT!"),
  magic(70, "application/x-stuffit", "StuffIt"),
  magic(70, "application/x-zoo", "\xdc\xa7\xc4\xfd", 20),
  magic(70, "application/x-lz4", "\x04\x22\x4d\x18"),
  magic(70, "application/x-lz4", "\x02\x21\x4c\x18"),
  magic(1, "application/x-lrzip", "LRZI"),
  magic(70, "application/x-lzip", "LZIP"),
  magic(80, "application/x-lzh", "-lh", 2, "-", 6),
  magic(80, "application/x-lzh", "-lz", 2, "-", 6),
  magic(50, "application/warc", "WARC/"),
  magic(50, "application/x-7z-compressed", "7z\xbc\xaf\x27\x1c"),
  magic(90, "application/x-xz", "\xfd7zXZ\x00"),
  magic(50, "application/x-arj", "\x60\xea"),
  magic(50, "application/x-cpio", "\x71\xc7"),
  magic(50, "application/x-cpio", "\xc7\x71"),
  magic(50, "application/x-compress", "\x1f\x9d"),
  magic(71, "application/x-lzma", "\x5d\x00\x00"),
  magic(100, "application/x-ace", "**ACE**", 7),
  magic(60, "application/x-bzip2", "BZh"),
  magic(100, "application/x-tar", "ustar", 257),
  magic(140, "application/x-bittorrent", "d8:announce"),
  // Documents
  magic(80, "application/pdf", "%PDF-"),
  magic(80, "application/vnd.fdf", "%FDF-"),
  magic(80, "text/rtf", "{\\rtf"),
  magic(50, "application/postscript", "%!"),
  magic(60, "application/postscript", "\x04%!"),
  magic(50, "application/msword", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
  magic(50, "application/vnd.openxmlformats-officedocument", "PK\x03\x04\x14\x00\x06\x00"),
  ...["text", "graphics", "presentation", "spreadsheet", "chart", "formula", "image"].flatMap(openDocument),
  magic(110, "application/epub+zip", "PK\x03\x04", 0, "\x08\x00\x00\x00mimetypeapplication/epub+zip", ZIP_NAME_LENGTH),
  magic(100, "application/vnd.google-earth.kmz", "PK\x03\x04\x14", 0, "doc.kml", 30),
  magic(180, "application/x-msaccess", "Standard Jet DB\x00", 4),
  magic(180, "application/x-msaccess", "Standard ACE DB\x00", 4),
  magic(100, "application/vnd.ms-tnef", "\x78\x9f\x3e\x22"),
  magic(50, "application/x-dvi", "\xf7\x02"),
  magic(110, "application/x-hdf", "\x89HDF\x0d\x0a\x1a\x0a"),
  // Pictures
  magic(110, "image/png", "\x89PNG"),
  magic(70, "image/gif", "GIF8"),
  magic(52, "image/jpeg", "\xff\xd8"),
  magic(70, "image/tiff", "MM\x00\x2a"),
  magic(70, "image/tiff", "MM\x00\x2b"),
  magic(70, "image/tiff", "II\x2a\x00"),
  magic(70, "image/tiff", "II\x2b\x00"),
  ...BITMAP_HEADERS.map((length) => magic(50, "image/x-ms-bmp", "BM", 0, `${length}\x00`, 14)),
  magic(70, "image/x-icon", "\x00\x00\x01\x00"),
  magic(70, "image/x-cursor", "\x00\x00\x02\x00"),
  magic(70, "image/webp", "RIFF", 0, "WEBP", 8),
  magic(70, "image/vnd.adobe.photoshop", "8BPS"),
  magic(60, "image/jp2", "ftypjp2", 4),
  magic(50, "image/jp2", "jP", 4),
  magic(70, "image/x-exr", "\x76\x2f\x31\x01"),
  magic(70, "image/vnd.djvu", "AT&TFORM", 0, "DJV", 12),
  magic(110, "image/x-xcf", "gimp xcf"),
  magic(90, "image/vnd.dwg", "AC10"),
  magic(50, "image/x-award-bioslogo", "\x11\x06"),
  magic(50, "image/x-award-bioslogo", "\x11\x09"),
  // Sound and film
  magic(70, "audio/x-wav", "RIFF", 0, "WAVE", 8),
  magic(70, "video/x-msvideo", "RIFF", 0, "AVI ", 8),
  ...MPEG_AUDIO.map((second) => magic(20, "audio/mpeg", "\xff" + second)),
  ...["\xf0", "\xf1", "\xf8", "\xf9"].map((second) => magic(50, "audio/x-hx-aac-adts", "\xff" + second)),
  magic(60, "audio/mp4", "ftypM4A", 4),
  magic(70, "audio/m4a", "ftypm4a", 4),
  magic(70, "audio/x-flac", "fLaC"),
  magic(70, "audio/midi", "MThd"),
  magic(70, "audio/x-aiff", "FORM", 0, "AIFF", 8),
  magic(70, "audio/x-aiff", "FORM", 0, "AIFC", 8),
  magic(70, "application/ogg", "OggS"),
  magic(60, "video/mp4", "ftypM4V", 4),
  magic(70, "video/mp4", "ftypisom", 4),
  magic(70, "video/mp4", "ftypmp41", 4),
  magic(70, "video/mp4", "ftypmp42", 4),
  magic(60, "video/3gpp", "ftyp3g", 4),
  magic(60, "video/3gpp", "ftypavc1", 4),
  magic(60, "video/3gpp", "ftypmmp4", 4),
  magic(50, "video/quicktime", "ftypqt", 4),
  magic(70, "video/quicktime", "mdat", 4),
  magic(70, "video/quicktime", "moov", 4),
  magic(60, "video/x-flv", "FLV"),
  magic(70, "video/x-ms-asf", "\x30\x26\xb2\x75"),
  magic(71, "video/mpv", "\x00\x00\x01\xb3"),
  ...Array.from({ length: 12 }, (_, i) => magic(50, "video/mpeg", "\x00\x00\x01" + String.fromCharCode(0xb0 + i))),
  magic(60, "application/x-shockwave-flash", "FWS"),
  magic(60, "application/x-shockwave-flash", "CWS"),
  magic(60, "application/x-shockwave-flash", "ZWS"),
  // Fonts
  magic(70, "application/font-woff2", "wOF2"),
  magic(70, "application/font-woff", "wOFF"),
  magic(80, "application/x-font-ttf", "\x00\x01\x00\x00\x00"),
  magic(50, "application/vnd.ms-fontobject", "LP", 34),
  magic(70, "application/vnd.ms-opentype", "OTTO"),
  // Captures, keys, the rest
  magic(70, "application/vnd.tcpdump.pcap", "\xa1\xb2\xc3\xd4"),
  magic(70, "application/vnd.tcpdump.pcap", "\xd4\xc3\xb2\xa1"),
  magic(100, "application/vnd.tcpdump.pcap", "\x0a\x0d\x0d\x0a....\x1a\x2b\x3c\x4d"),
  magic(100, "application/vnd.tcpdump.pcap", "\x0a\x0d\x0d\x0a....\x4d\x3c\x2b\x1a"),
  magic(1, "application/x-pem", "-----BEGIN CERTIFICATE-----"),
  magic(280, "application/pgp-signature", "-----BEGIN PGP SIGNATURE-"),
  magic(260, "application/pgp", "-----BEGIN PGP MESSAGE-"),
  magic(330, "application/pgp-keys", "---BEGIN PGP PUBLIC KEY BLOCK-", 2),
  magic(100, "application/chrome-ext", "Cr24"),
  magic(180, "text/calendar", "BEGIN:VCALENDAR"),
  magic(140, "text/x-vcard", "BEGIN:VCARD"),
  magic(70, "application/x-gdbm", "GDBM"),
];
