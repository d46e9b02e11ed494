// Calls a service again and again: at its interval, and sooner while it says that there is more to do. Then it pauses for as
// long as the last call took, so that a backlog takes half of the time at most.

export interface Ticker {
  /** Ends after the call under way. */
  stop(): Promise<void>;
}

/** `tick` resolves with whether there is more to do; when it rejects, `onFailure` hears and the next one comes in time. */
export function startTicker(
  tick: () => Promise<boolean>,
  intervalMs: number,
  onFailure: (error: unknown) => void,
): Ticker {
  let stopped = false;
  let wake = (): void => {};
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const run = async (): Promise<void> => {
    let pauseMs = intervalMs;
    for (;;) {
      await pause(pauseMs);
      if (stopped) return;
      const startMs = performance.now();
      try {
        const hasMore = await tick();
        pauseMs = hasMore ? Math.min(intervalMs, performance.now() - startMs) : intervalMs;
      } catch (error) {
        pauseMs = intervalMs;
        onFailure(error);
      }
    }
  };
  const running = run();
  return {
    async stop() {
      stopped = true;
      wake();
      await running;
    },
  };
}
