import { Random } from './random.ts';
import type { GenerateSettings } from './settings.ts';
import { day, microsecondsOf, toSeconds } from './time.ts';
import type { Microseconds } from './time.ts';

/** A version of a user, as the shop's database holds it. */
export interface User {
  userId: string;
  signupDate: Microseconds;
  deviceType: string;
  country: string;
  /** Since when this version holds. */
  updatedAt: Microseconds;
}

export const usersHeader = 'user_id,signup_date,device_type,country,updated_at';

const devices = ['Android', 'iOS', 'Web', 'Tablet'] as const;
const countries = ['AR', 'BR', 'CL', 'CO', 'EC', 'MX', 'PE', 'US'] as const;

export const userIdOf = (index: number): string => `USR_${String(index + 1).padStart(5, '0')}`;

/** The first version of a user: signed up within the year before `until`, and unchanged since. */
export const userAt = (index: number, settings: GenerateSettings): User => {
  const random = new Random(settings.seed, 'user', index);
  const until = microsecondsOf(settings.until);
  const signupDate = until - 3 * day - Math.floor(random.next() * 362) * day - random.integer(0, 86_399) * 1_000_000;
  return { userId: userIdOf(index), signupDate, deviceType: random.pick(devices), country: random.pick(countries), updatedAt: signupDate };
};

/** The second version of the users who have one: another device, at times another country, in force from within the span. */
export function* changedUsers(settings: GenerateSettings): Generator<User> {
  const until = microsecondsOf(settings.until);
  for (let index = 0; index < settings.users; index += 1) {
    const random = new Random(settings.seed, 'user change', index);
    if (!random.chance(settings.changedUserRate)) continue;
    const before = userAt(index, settings);
    // A span may reach back to before the user was there.
    const from = Math.max(before.updatedAt + 1_000_000, until - settings.spanMinutes * 60_000_000);
    yield {
      ...before,
      deviceType: random.pick(devices.filter((device) => device !== before.deviceType)),
      country: random.chance(0.3) ? random.pick(countries) : before.country,
      updatedAt: until - Math.floor(random.next() * (until - from)),
    };
  }
}

/** All users in their first version; some with a country that is none. */
export function* generateUsers(settings: GenerateSettings): Generator<User> {
  for (let index = 0; index < settings.users; index += 1) {
    const user = userAt(index, settings);
    yield new Random(settings.seed, 'broken user', index).chance(settings.brokenRate) ? { ...user, country: 'Peru' } : user;
  }
}

/** A user's row of the users file; times to the second, UTC. */
export const toUserRow = (user: User): string => [user.userId, toSeconds(user.signupDate), user.deviceType, user.country, toSeconds(user.updatedAt)].join(',');
