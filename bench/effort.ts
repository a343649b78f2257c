/** How often a measure and its reference take turns, and how much each of them does in its turn. */
export interface Effort {
  rounds: number;
  each: number;
  /**
   * No round begins after so long: a slow machine takes fewer of them and not longer. As long as it takes, by default.
   */
  seconds?: number;
}

/** Fewer say nothing about their spread. */
const FEWEST = 3;

/** The rounds, counted from 0, for as long as there is time. */
export function* roundsOf({ rounds, seconds = Infinity }: Effort): Generator<number, void> {
  const until = performance.now() + seconds * 1_000;
  for (let round = 0; round < rounds && (round < FEWEST || performance.now() < until); round++) yield round;
}
