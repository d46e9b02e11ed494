// The least value of a function of several parameters by the simplex method of Nelder and Mead: n + 1 points roll downhill by
// reflecting the worst one at the centre of the others.
//
// Steps, their order and when they stop are InfluxDB's, since a fit shows them: figures agree to the last digits or not at all.

/** The value at a point. May move the point to where it is allowed to be. */
export type Objective = (point: Float64Array) => number;

export interface Minimum {
  readonly value: number;
  readonly point: Float64Array;
}

export interface Search {
  readonly start: Float64Array;
  /** Stops when the values at the points deviate by less than this from each other. */
  readonly epsilon: number;
  /** Called before every step, and between the points of the first one; may throw to give up. */
  readonly pause: () => Promise<void>;
}

const MAX_STEPS = 1000;
const EXPANSION = 2;
const CONTRACTION = 0.5;

interface Simplex {
  readonly points: Float64Array[];
  readonly values: Float64Array;
}

export async function findMinimum(objective: Objective, search: Search): Promise<Minimum> {
  const simplex = await startSimplex(objective, search);
  for (let step = 0; step < MAX_STEPS; step++) {
    await search.pause();
    improve(objective, simplex);
    if (deviation(simplex.values) < search.epsilon) break;
  }
  const point = simplex.points[ranks(simplex.values).best].slice();
  return { value: objective(point.slice()), point };
}

/** The start, and for each parameter a point with mostly that one moved. */
async function startSimplex(objective: Objective, { start, pause }: Search): Promise<Simplex> {
  const size = start.length;
  const far = (Math.sqrt(size + 1) - 1 + size) / (size * Math.sqrt(2));
  const near = (Math.sqrt(size + 1) - 1) / (size * Math.sqrt(2));
  const points = [start.slice()];
  for (let own = 0; own < size; own++) points.push(start.map((value, index) => (index === own ? far : near) + value));
  const values = new Float64Array(points.length);
  for (const [index, point] of points.entries()) {
    await pause();
    values[index] = objective(point);
  }
  return { points, values };
}

interface Ranks {
  readonly worst: number;
  readonly secondWorst: number;
  readonly best: number;
}

/** Of equal values the first counts. */
function ranks(values: Float64Array): Ranks {
  let worst = 0;
  let best = 0;
  for (let index = 0; index < values.length; index++) {
    if (values[index] > values[worst]) worst = index;
    if (values[index] < values[best]) best = index;
  }
  let secondWorst = best;
  for (let index = 0; index < values.length; index++) {
    if (values[index] > values[secondWorst] && values[index] < values[worst]) secondWorst = index;
  }
  return { worst, secondWorst, best };
}

function improve(objective: Objective, simplex: Simplex): void {
  const { points, values } = simplex;
  const { worst, secondWorst, best } = ranks(values);
  const replaceWorst = (point: Float64Array, value: number): void => {
    points[worst].set(point);
    values[worst] = value;
  };
  const centre = centreWithout(points, worst);
  const reflected = centre.map((value, index) => value + (value - points[worst][index]));
  const reflectedValue = objective(reflected);
  if (reflectedValue < values[secondWorst] && reflectedValue >= values[best]) replaceWorst(reflected, reflectedValue);
  if (reflectedValue < values[best]) {
    const expanded = centre.map((value, index) => value + EXPANSION * (reflected[index] - value));
    const expandedValue = objective(expanded);
    if (expandedValue < reflectedValue) replaceWorst(expanded, expandedValue);
    else replaceWorst(reflected, reflectedValue);
  }
  // Asked anew: a reflection that was taken may be what the second worst is compared with.
  if (!(reflectedValue >= values[secondWorst])) return;
  const outside = reflectedValue < values[worst];
  const contracted = centre.map((value, index) =>
    outside ? value + CONTRACTION * (reflected[index] - value) : value - CONTRACTION * (value - points[worst][index]),
  );
  const contractedValue = objective(contracted);
  if (contractedValue < values[worst]) replaceWorst(contracted, contractedValue);
  else shrink(objective, simplex, { worst, secondWorst, best });
}

/** Moves all points half way to the best. Only the two worst are valued anew. */
function shrink(objective: Objective, { points, values }: Simplex, { worst, secondWorst, best }: Ranks): void {
  for (const [row, point] of points.entries()) {
    if (row === best) continue;
    for (let index = 0; index < point.length; index++) {
      point[index] = points[best][index] + (point[index] - points[best][index]) / 2;
    }
  }
  values[worst] = objective(points[worst]);
  values[secondWorst] = objective(points[secondWorst]);
}

function centreWithout(points: readonly Float64Array[], left: number): Float64Array {
  const size = points.length - 1;
  const centre = new Float64Array(size);
  for (let index = 0; index < size; index++) {
    let sum = 0;
    for (let row = 0; row <= size; row++) if (row !== left) sum += points[row][index];
    centre[index] = sum / size;
  }
  return centre;
}

function deviation(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += ((value - mean) * (value - mean)) / (values.length - 1);
  return Math.sqrt(squares);
}
