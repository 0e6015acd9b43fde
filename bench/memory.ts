import { readFileSync, writeFileSync } from 'node:fs';

/** What a process had in memory at the most, since it began or since the count was begun anew. */
export interface PeakMemory {
  /** Begins the count anew. */
  reset(): void;
  /** Resident bytes; undefined where the system does not tell, or the process has ended. */
  peakBytes(): number | undefined;
}

/** The kernel's own count (VmHWM), so that no peak lies between two looks: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html. Linux only. */
export const peakMemoryOf = (pid: number): PeakMemory => ({
  reset() {
    ifTold(() => writeFileSync(`/proc/${pid}/clear_refs`, '5'));
  },
  peakBytes() {
    const status = ifTold(() => readFileSync(`/proc/${pid}/status`, 'utf8'));
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status ?? '')?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  },
});

const ifTold = <T>(look: () => T): T | undefined => {
  try {
    return look();
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
};
