// What a person sees at the start: where the server listens, where its data is, and what to try.

export interface WelcomeFacts {
  readonly version: string;
  /** `HOST:PORT` */
  readonly address: string;
  readonly dataDir: string;
  readonly hostMetrics: boolean;
  readonly https: boolean;
  /** Whether requests must name a user. */
  readonly authentication: boolean;
}

export function welcomeText(facts: WelcomeFacts): string {
  const url = `${facts.https ? 'https' : 'http'}://${facts.address.replace(/^(?:\[::\]|0\.0\.0\.0):/, '127.0.0.1:')}`;
  const tries = facts.authentication ? firstSteps(url) : examples(url, facts);
  const lines = tries.map(([about, command]) => `  # ${about}\n  ${command}\n`);
  return `Weir ${facts.version} listens on ${url} and keeps its data in ${facts.dataDir}
${facts.hostMetrics ? "It records this machine's cpu, memory, disks, network and load every second into database host.\n" : ''}
Try:

${lines.join('\n')}
Ctrl-C stops it.
`;
}

type Try = readonly [about: string, command: string];

function firstSteps(url: string): readonly Try[] {
  const statement = "CREATE USER admin WITH PASSWORD 'your own' WITH ALL PRIVILEGES";
  return [
    ['the first administrator, if there is none yet', `curl -s ${url}/query --data-urlencode "q=${statement}"`],
    ['as that user', `curl -sG -u admin:'your own' ${url}/query --data-urlencode "q=SHOW DATABASES"`],
  ];
}

function examples(url: string, facts: WelcomeFacts): readonly Try[] {
  const query = (database: string, text: string): string =>
    `curl -sG '${url}/query?db=${database}&pretty=true' --data-urlencode "q=${text}"`;
  const tries: Try[] = facts.hostMetrics
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
  return tries;
}
