import type { Figure } from './figures.js';

/** Starts a second that the page works out. */
const RATES = [1, 10, 1_000];

/** What the vendor allows. Source: SparkRTC API reference, limits of the job calls. */
const JOB_CALLS = 10;

/** A core that is busier than this makes others wait. */
const BUSY = 0.7;

/** A shard of Temporal writes one change after the other. Assumed of the database, since the dev server keeps all in memory: this long for each write. */
const WRITE_SECONDS = 0.01;
const SHARD_BUSY = 0.3;

/** What so many recordings a second need, each line from what was measured for one. Rows of a Markdown table. */
export function capacityTable(figures: readonly Pick<Figure, 'values'>[]): string[] {
  const of = Object.fromEntries(figures.flatMap(({ values = {} }) => Object.entries(values)));
  const each = (name: string): number => of[name] ?? NaN;
  const times =
    (name: string, unit = '') =>
    (rate: number) =>
      `${round(each(name) * rate)}${unit}`;
  const cores = (name: string) => (rate: number) => String(Math.ceil((each(name) * rate) / 1_000 / BUSY));
  const shards = (rate: number) => {
    const needed = (each('writes') * rate * WRITE_SECONDS) / SHARD_BUSY;
    return String(2 ** Math.max(0, Math.ceil(Math.log2(needed))));
  };
  const quota = (rate: number) =>
    `${round(each('jobCalls') * rate)}: ${each('jobCalls') * rate <= JOB_CALLS ? 'enough' : '**a higher quota**'}`;
  const lines: [string, string, (rate: number) => string][] = [
    ['actions of Temporal Cloud a second', `${round(each('actions'))} actions`, times('actions')],
    [
      'history written a second',
      `${round(each('bytes') / 1_000)} kB`,
      (rate) => `${round((each('bytes') * rate) / 1_000)} kB`,
    ],
    ['requests to Temporal a second', `${round(each('requests'))} requests`, times('requests')],
    ['writes to its database a second', `${round(each('writes'))} writes`, times('writes')],
    [
      `its shards, at ${WRITE_SECONDS * 1_000} ms a write and ${SHARD_BUSY * 100} % busy`,
      `${round(each('writes'))} writes`,
      shards,
    ],
    ['cores of Temporal, without its database', `${round(each('temporalMs'))} ms`, cores('temporalMs')],
    ['cores of workers', `${round(each('workerMs'))} ms`, cores('workerMs')],
    ['cores of receivers', `${round(each('receiverMs'))} ms`, cores('receiverMs')],
    ['callbacks a second', `${round(each('callbacks'))} callbacks`, times('callbacks')],
    [`job calls at the vendor a second, of ${JOB_CALLS}`, `${round(each('jobCalls'))} calls`, quota],
  ];
  return [
    `| starts a second | measured for one | ${RATES.map((rate) => rate.toLocaleString('en')).join(' | ')} |`,
    `| --- | --- | ${RATES.map(() => '---').join(' | ')} |`,
    ...lines.map(([what, one, at]) => `| ${[what, one, ...RATES.map(at)].join(' | ')} |`),
  ];
}

function round(value: number): string {
  return Number(value.toPrecision(value < 10 ? 2 : 3)).toLocaleString('en');
}
