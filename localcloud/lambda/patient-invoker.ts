import type { Caller } from '../core/caller.ts';
import { AwsError } from '../core/errors.ts';
import type { FunctionInvoker, FunctionResult } from '../core/ports.ts';

/** Functions that may become known a little later than their first event. */
interface GrowingFunctions extends FunctionInvoker {
  /** Resolves when the function is known, or after so many milliseconds, or when the service stops. */
  whenRegistered(name: string, timeoutMs: number): Promise<void>;
}

const isUnknownFunction = (error: unknown): boolean => error instanceof AwsError && error.code === 'ResourceNotFoundException';

/**
 * After a restart a program hands over its functions only once the cloud is up, while delivery streams and workflows go on at
 * once: their first calls wait for the function instead of failing for good.
 */
export const patientInvoker = (functions: GrowingFunctions, timeoutMs: number): FunctionInvoker => ({
  async invoke(name: string, event: unknown, caller?: Caller): Promise<FunctionResult> {
    try {
      return await functions.invoke(name, event, caller);
    } catch (error) {
      if (!isUnknownFunction(error)) throw error;
    }
    await functions.whenRegistered(name, timeoutMs);
    return functions.invoke(name, event, caller);
  },
});
