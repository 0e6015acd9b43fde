/** A file as the server lists it. */
export interface RemoteFile {
  /** Full path on the server. */
  path: string;
  name: string;
  sizeBytes: number;
  /** Milliseconds since 1970; SFTP knows whole seconds. */
  modifiedMillis: number;
}

/** The place files are delivered to. A port: tests hand in a folder. */
export interface FileServer {
  /** Regular files of a folder, without its subfolders. */
  list(folder: string): Promise<RemoteFile[]>;
  /** The file's bytes from the start. Throws {@link FileUnreadableError} where this one file cannot be read. */
  read(path: string): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

/** The server cannot be used at all: not reachable, wrong key, lost connection. One clear line, the cause beside it. */
export class FileServerError extends Error {
  override readonly name = 'FileServerError';
}

/** One file cannot be read (gone, not permitted): the others can. */
export class FileUnreadableError extends Error {
  override readonly name = 'FileUnreadableError';
}
