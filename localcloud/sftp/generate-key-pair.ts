import ssh2 from 'ssh2';

/**
 * An ed25519 key pair in OpenSSH's text form. ssh2 1.17 drops leading zero bytes of the keys it makes, so that about one in
 * two hundred cannot be read again: such a pair is made anew.
 */
export const generateKeyPair = (): { privateKey: string; publicKey: string } => {
  for (;;) {
    const { private: privateKey, public: publicKey } = ssh2.utils.generateKeyPairSync('ed25519');
    if (!(ssh2.utils.parseKey(privateKey) instanceof Error) && !(ssh2.utils.parseKey(publicKey) instanceof Error)) return { privateKey, publicKey };
  }
};
