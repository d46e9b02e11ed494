// Who sends how many writes and queries, counted while somebody asks by /debug/requests.

export interface RequestCounts {
  writes: number;
  queries: number;
}

export class RequestTracker {
  readonly #profiles = new Set<Map<string, RequestCounts>>();

  /** A request of a route has come to its end. `user` is "" for nobody in particular. */
  add(route: string, address: string, user: string): void {
    if (this.#profiles.size === 0 || (route !== 'write' && route !== 'query')) return;
    const who = user === '' ? address : `${user}:${address}`;
    for (const profile of this.#profiles) {
      const counts = profile.get(who) ?? { writes: 0, queries: 0 };
      if (route === 'write') counts.writes++;
      else counts.queries++;
      profile.set(who, counts);
    }
  }

  /** Counts from now on; `stop` gives what came. */
  start(): { readonly stop: () => ReadonlyMap<string, RequestCounts> } {
    const profile = new Map<string, RequestCounts>();
    this.#profiles.add(profile);
    return {
      stop: () => {
        this.#profiles.delete(profile);
        return profile;
      },
    };
  }
}
