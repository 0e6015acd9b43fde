export { generateKeyPair } from './generate-key-pair.ts';
export { startSftp } from './sftp-server.ts';
export type { SftpOptions, SftpServer, SftpUser } from './types.ts';
