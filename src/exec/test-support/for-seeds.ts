// Cases over random data, for one seed after another.
import { type Random, seededRandom } from './random.ts';

/** Runs a case for seeds 1 … count; a failure names its seed. */
export async function forSeeds(count: number, run: (random: Random) => Promise<void>): Promise<void> {
  for (let seed = 1; seed <= count; seed++) {
    try {
      await run(seededRandom(seed));
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
}
