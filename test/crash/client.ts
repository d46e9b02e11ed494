// What the crash test asks of a server, over HTTP. An answer that did not come is `undefined`: the server is dead.

const TIMEOUT_MS = 30_000;

/** Status and body, or undefined when the connection broke. */
export async function post(url: string, body: string): Promise<{ status: number; text: string } | undefined> {
  try {
    const response = await fetch(url, { method: 'POST', body, signal: AbortSignal.timeout(TIMEOUT_MS) });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError') throw error;
    return undefined;
  }
}

/** The outcome of a statement: done, refused with a text, or unknown. */
export async function run(address: string, statement: string): Promise<'done' | 'unknown' | { refused: string }> {
  const answer = await post(`http://${address}/query?db=crash&q=${encodeURIComponent(statement)}`, '');
  if (answer === undefined) return 'unknown';
  const refused = answer.status === 200 ? resultError(answer.text) : answer.text;
  return refused === undefined ? 'done' : { refused };
}

function resultError(text: string): string | undefined {
  const { results } = JSON.parse(text) as { results: { error?: string }[] };
  return results.find((result) => result.error !== undefined)?.error;
}

/** Rows of a SELECT as arrays, over all series. Throws when the server answers with an error. */
export async function rows(address: string, statement: string): Promise<(number | string | null)[][]> {
  const answer = await post(`http://${address}/query?db=crash&epoch=ns&q=${encodeURIComponent(statement)}`, '');
  if (answer === undefined) throw new Error(`no answer to ${statement}`);
  const { results } = JSON.parse(answer.text) as {
    results: { error?: string; series?: { values: (number | string | null)[][] }[] }[];
  };
  const failed = results.find((result) => result.error !== undefined);
  if (answer.status !== 200 || failed !== undefined) throw new Error(`${statement}: ${answer.text}`);
  return results.flatMap((result) => result.series ?? []).flatMap((series) => series.values);
}
