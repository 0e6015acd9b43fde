export { startSftp } from './sftp-server.ts';
export type { SftpOptions, SftpServer, SftpUser } from './types.ts';
