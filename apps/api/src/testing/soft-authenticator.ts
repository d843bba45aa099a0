import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

const flags = { present: 0x01, verified: 0x04, attested: 0x40 };

export interface AnswerChanges {
  readonly origin?: string;
  readonly rpId?: string;
  readonly type?: string;
  readonly challenge?: string;
  readonly flags?: number;
  readonly counter?: number;
  readonly userHandle?: string | null;
  /** `packed` with somebody's certificate */
  readonly attested?: boolean;
  readonly crossOrigin?: boolean;
}

/** A passkey in memory, that answers as a browser and its authenticator would, or as a forger. Byte layouts: WebAuthn Level 3, 6.1 and 6.5; CTAP 2.1, 6. */
export class SoftAuthenticator {
  readonly credentialId = randomBytes(32);
  readonly id = this.credentialId.toString('base64url');
  counter = 0;
  readonly #origin: string;
  readonly #rpId: string;
  readonly #key: KeyObject;
  readonly #cose: Buffer;
  #userHandle = '';

  constructor(origin: string) {
    this.#origin = origin;
    this.#rpId = new URL(origin).hostname;
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#key = privateKey;
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    // {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}
    this.#cose = Buffer.concat([
      Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21]),
      cborBytes(Buffer.from(x, 'base64url')),
      Buffer.from([0x22]),
      cborBytes(Buffer.from(y, 'base64url')),
    ]);
  }

  create(options: { challenge: string; user: { id: string } }, changes: AnswerChanges = {}) {
    this.#userHandle = options.user.id;
    const length = Buffer.alloc(2);
    length.writeUInt16BE(this.credentialId.length);
    const data = Buffer.concat([
      this.#data(changes, flags.present | flags.verified | flags.attested),
      Buffer.alloc(16),
      length,
      this.credentialId,
      this.#cose,
    ]);
    const statement = changes.attested
      ? Buffer.concat([cborText('packed'), cborText('attStmt'), packedStatement()])
      : Buffer.concat([cborText('none'), cborText('attStmt'), Buffer.from([0xa0])]);
    const attestation = Buffer.concat([
      Buffer.from([0xa3]),
      cborText('fmt'),
      statement,
      cborText('authData'),
      cborBytes(data),
    ]);
    return {
      id: this.id,
      rawId: this.id,
      type: 'public-key',
      clientExtensionResults: {},
      authenticatorAttachment: 'platform',
      response: {
        clientDataJSON: this.#clientData('webauthn.create', options.challenge, changes),
        attestationObject: attestation.toString('base64url'),
        transports: ['internal'],
      },
    };
  }

  get(options: { challenge: string }, changes: AnswerChanges = {}) {
    const clientDataJSON = this.#clientData('webauthn.get', options.challenge, changes);
    const data = this.#data(changes, flags.present | flags.verified);
    const clientHash = createHash('sha256').update(Buffer.from(clientDataJSON, 'base64url')).digest();
    return {
      id: this.id,
      rawId: this.id,
      type: 'public-key',
      clientExtensionResults: {},
      response: {
        clientDataJSON,
        authenticatorData: data.toString('base64url'),
        signature: sign('sha256', Buffer.concat([data, clientHash]), this.#key).toString('base64url'),
        userHandle: changes.userHandle === undefined ? this.#userHandle : changes.userHandle,
      },
    };
  }

  #data(changes: AnswerChanges, usual: number): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(changes.counter ?? this.counter);
    const rpIdHash = createHash('sha256')
      .update(changes.rpId ?? this.#rpId)
      .digest();
    return Buffer.concat([rpIdHash, Buffer.from([changes.flags ?? usual]), counter]);
  }

  #clientData(type: string, challenge: string, changes: AnswerChanges): string {
    return Buffer.from(
      JSON.stringify({
        type: changes.type ?? type,
        challenge: changes.challenge ?? challenge,
        origin: changes.origin ?? this.#origin,
        crossOrigin: changes.crossOrigin ?? false,
      }),
    ).toString('base64url');
  }
}

function cborText(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x60 + text.length]), Buffer.from(text)]);
}

function cborBytes(bytes: Buffer): Buffer {
  const head =
    bytes.length < 256 ? Buffer.from([0x58, bytes.length]) : Buffer.from([0x59, bytes.length >> 8, bytes.length & 255]);
  return Buffer.concat([head, bytes]);
}

/** {alg: -7, sig: bytes, x5c: [bytes]} */
function packedStatement(): Buffer {
  return Buffer.concat([
    Buffer.from([0xa3]),
    ...[cborText('alg'), Buffer.from([0x26]), cborText('sig'), cborBytes(randomBytes(70))],
    ...[cborText('x5c'), Buffer.from([0x81]), cborBytes(randomBytes(200))],
  ]);
}
