export interface SftpUser {
  password?: string;
  /** OpenSSH public key line, `ssh-ed25519 AAAA…`. */
  publicKey?: string;
}

export interface SftpOptions {
  /** Each user sees `<root>/<username>` as `/`; created where missing. */
  root: string;
  /** The server's ed25519 private key; made at the first start and kept. */
  hostKeyFile: string;
  /** By user name. */
  users: Record<string, SftpUser>;
  /** 0 or absent: a free port. */
  port?: number;
}

export interface SftpServer {
  readonly host: string;
  readonly port: number;
  /** sha256 of the host key, hex: what a client pins. */
  readonly hostKeyFingerprint: string;
  /** The folder a user sees as `/`. */
  folderOf(user: string): string;
  stop(): Promise<void>;
}
