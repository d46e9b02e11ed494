// What a person sees at the start: where the server listens, where its data is, and what to try.

export interface WelcomeFacts {
  readonly version: string;
  /** `HOST:PORT` */
  readonly address: string;
  readonly dataDir: string;
  readonly hostMetrics: boolean;
}

export function welcomeText(facts: WelcomeFacts): string {
  const url = `http://${facts.address.replace(/^(?:\[::\]|0\.0\.0\.0):/, '127.0.0.1:')}`;
  const query = (database: string, text: string): string =>
    `curl -sG '${url}/query?db=${database}&pretty=true' --data-urlencode "q=${text}"`;
  const tries = facts.hostMetrics
    ? [
        [
          'what this machine has been doing',
          query(
            'host',
            "SELECT mean(usage_user), max(usage_user) FROM cpu WHERE cpu='cpu-total' AND time > now() - 1m GROUP BY time(10s) fill(none)",
          ),
        ],
        ['what is recorded', query('host', 'SHOW MEASUREMENTS')],
      ]
    : [['what databases there are', query('', 'SHOW DATABASES')]];
  tries.push([
    'a point of your own',
    `curl -s ${url}/query --data 'q=CREATE DATABASE mine' && curl -i '${url}/write?db=mine' --data 'weather,city=Berlin celsius=21.5'`,
  ]);
  const lines = tries.map(([about, command]) => `  # ${about}\n  ${command}\n`);
  return `Weir ${facts.version} listens on ${url} and keeps its data in ${facts.dataDir}
${facts.hostMetrics ? "It records this machine's cpu, memory, disks, network and load every second into database host.\n" : ''}
Try:

${lines.join('\n')}
Ctrl-C stops it.
`;
}
