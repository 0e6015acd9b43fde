/** Why a command could not do its work, as one line that names what its user can mend. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
