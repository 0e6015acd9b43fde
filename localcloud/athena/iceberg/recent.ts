/** The values used last, by key. For files that never change: a value once read stays right. */
export class Recent<T> {
  private readonly limit: number;
  private readonly values = new Map<string, T>();

  constructor(limit: number) {
    this.limit = limit;
  }

  get(key: string, read: () => T): T {
    const known = this.values.get(key);
    const value = known ?? read();
    this.put(key, value);
    return value;
  }

  put(key: string, value: T): void {
    this.values.delete(key);
    this.values.set(key, value);
    if (this.values.size > this.limit) for (const oldest of this.values.keys()) return void this.values.delete(oldest);
  }

  forget(key: string): void {
    this.values.delete(key);
  }
}
