import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';

/** A user's folder as the root of what that user sees. */
export class UserFolder {
  readonly root: string;

  constructor(root: string) {
    this.root = realpathSync(root);
  }

  /** A client's path in its own terms: absolute, without `.` and `..`. */
  static normalise(requested: string): string {
    return path.posix.resolve('/', requested);
  }

  /** The file a client's path stands for. `..` cannot leave the folder; a link that does is refused with EACCES. */
  fileOf(requested: string): string {
    const file = path.join(this.root, UserFolder.normalise(requested));
    const known = nearestExisting(file);
    const real = realpathSync(known);
    if (real !== this.root && !real.startsWith(`${this.root}${path.sep}`)) throw Object.assign(new Error(`${requested} leads out of the user's folder`), { code: 'EACCES' });
    return file;
  }
}

const nearestExisting = (file: string): string => (existsSync(file) ? file : nearestExisting(path.dirname(file)));
