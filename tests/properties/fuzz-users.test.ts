import fc from 'fast-check';
import { randomRuns } from '../support/random-runs.ts';
import { fuzzedUser, userIsJudgedAlike } from './fuzz-users.ts';

test('random rows of users: payload, reasons and columns as a second judge has them', () => {
  fc.assert(fc.property(fuzzedUser, userIsJudgedAlike), randomRuns('fuzzed users', 500));
});
