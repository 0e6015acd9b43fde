import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import ssh2 from 'ssh2';
import type { ParsedKey } from 'ssh2';
import { createFile } from '../core/files.ts';
import { generateKeyPair } from './generate-key-pair.ts';

export interface HostKey {
  /** OpenSSH private key text. */
  privateKey: string;
  /** sha256 of the public key's SSH form, hex: as ssh2 gives it to `hostVerifier` with `hostHash: 'sha256'`. */
  fingerprint: string;
}

/** The server's ed25519 key; made once and kept. Throws where the file is not a private key. */
export const loadHostKey = (file: string): HostKey => {
  if (!existsSync(file)) createFile(file, generateKeyPair().privateKey);
  const privateKey = readFileSync(file, 'utf8');
  return { privateKey, fingerprint: createHash('sha256').update(readKey(privateKey, file).getPublicSSH()).digest('hex') };
};

/** The first key in a text. Throws an Error that names `whose` it is where there is none. */
export const readKey = (text: string, whose: string): ParsedKey => {
  const parsed = ssh2.utils.parseKey(text) as ParsedKey | ParsedKey[] | Error; // its own types leave out the list
  if (parsed instanceof Error) throw new Error(`${whose} is not a key: ${parsed.message}`, { cause: parsed });
  const [key] = Array.isArray(parsed) ? parsed : [parsed];
  if (!key) throw new Error(`${whose} holds no key`);
  return key;
};
