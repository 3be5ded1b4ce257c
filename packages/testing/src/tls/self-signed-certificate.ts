import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A key and a certificate that nobody has signed but the key itself. */
export interface SelfSigned {
  /** Private key, PKCS #8 PEM. */ readonly key: string;
  /** Certificate, PEM. */ readonly certificate: string;
}

/**
 * Makes a certificate for `localhost` and 127.0.0.1 that holds for a day: X.509 v3 (RFC 5280) with an EC key on
 * P-256, signed with ECDSA and SHA-256 (RFC 5758), written in DER by hand.
 *
 * @param nowMs - Middle of its validity, milliseconds since the Unix epoch. @default now
 */
export function selfSignedCertificate(nowMs: number = Date.now()): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(set(sequence(oid(OID.commonName), der(0x0c, Buffer.from('localhost')))));
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const halfDayMs = 43_200_000;
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))), // version 3
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    name,
    sequence(utcTime(nowMs - halfDayMs), utcTime(nowMs + halfDayMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(alternativeNames())),
  );
  const signature = sign('sha256', body, privateKey);
  const certificate = sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    certificate: pem('CERTIFICATE', certificate),
  };
}

/** Object identifiers, already encoded. */
const OID = {
  commonName: [0x55, 0x04, 0x03], // 2.5.4.3
  subjectAltName: [0x55, 0x1d, 0x11], // 2.5.29.17
  ecdsaWithSha256: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02], // 1.2.840.10045.4.3.2
} as const;

function alternativeNames(): Buffer {
  const dns = der(0x82, Buffer.from('localhost'));
  const address = der(0x87, Buffer.from([127, 0, 0, 1]));
  return sequence(oid(OID.subjectAltName), der(0x04, sequence(dns, address)));
}

/** One value in DER (X.690): tag, length, content. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const head =
    length < 128 ? [tag, length] : length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat([...parts]));
}

function set(content: Buffer): Buffer {
  return der(0x31, content);
}

function integer(bytes: Buffer): Buffer {
  return der(0x02, bytes);
}

function oid(bytes: readonly number[]): Buffer {
  return der(0x06, Buffer.from(bytes));
}

/** UTCTime, `YYMMDDhhmmssZ`: RFC 5280 asks for it until 2049. */
function utcTime(epochMs: number): Buffer {
  const text = new Date(epochMs)
    .toISOString()
    .replace(/[-:T]|\.\d+/g, '')
    .slice(2);
  return der(0x17, Buffer.from(text));
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
