import { timingSafeEqual } from 'node:crypto';
import type { AuthContext, PublicKeyAuthContext } from 'ssh2';
import { readKey } from './host-key.ts';
import type { SftpUser } from './types.ts';

const equalBytes = (one: Buffer, other: Buffer): boolean => one.length === other.length && timingSafeEqual(one, other);

const ownsKey = (context: PublicKeyAuthContext, publicKey: string): boolean => {
  const key = readKey(publicKey, `the public key of user ${context.username}`);
  if (!equalBytes(Buffer.from(context.key.data), key.getPublicSSH())) return false;
  // Without a signature the client only asks whether the key would do.
  return !context.signature || !context.blob || key.verify(context.blob, context.signature, context.hashAlgo);
};

/** Lets a user in by password or public key; anything else is refused, with the methods that are there. */
export const authenticate = (context: AuthContext, users: Readonly<Record<string, SftpUser>>): void => {
  const user = Object.hasOwn(users, context.username) ? users[context.username] : undefined;
  const isKnown =
    (context.method === 'password' && user?.password !== undefined && equalBytes(Buffer.from(context.password), Buffer.from(user.password))) ||
    (context.method === 'publickey' && user?.publicKey !== undefined && ownsKey(context, user.publicKey));
  if (isKnown) context.accept();
  else context.reject(['publickey', 'password']);
};
