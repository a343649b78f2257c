import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { followSteps, learnedPrefix, searchPrefixes, type SearchedStream } from '../../../src/huawei/recordPrefix.js';

const SEED_TEMPLATE =
  'Record/{publish_domain}/{app}/{record_type}/{record_format}/{stream}_{file_start_time}/{stream}_{file_start_time}';
const SDK_TEMPLATE = '{app_id}/{record_format}/{stream}_{file_start_time}/{stream}_{file_start_time}';
const STREAM = 's_j1_room001_user001';
const known = { app_id: 'app1', record_format: 'MP4', stream: STREAM };

/** A bucket as a listing shows it. */
function bucketOf(keys: readonly string[]) {
  const asked: string[] = [];
  return {
    asked,
    listFolders: (prefix: string) => {
      asked.push(prefix);
      const below = keys.filter((key) => key.startsWith(prefix) && key.indexOf('/', prefix.length) >= 0);
      return Promise.resolve([...new Set(below.map((key) => key.slice(0, key.indexOf('/', prefix.length) + 1)))]);
    },
    list: (prefix: string) => keys.filter((key) => key.startsWith(prefix)),
  };
}

async function search(stream: SearchedStream, keys: readonly string[]) {
  const bucket = bucketOf(keys);
  const found = await followSteps(searchPrefixes(stream) ?? [], bucket.listFolders);
  return {
    asked: bucket.asked,
    prefixes: found.map(({ prefix }) => prefix),
    keys: found.flatMap(({ prefix, accepts }) => bucket.list(prefix).filter(accepts)),
  };
}

describe('searchPrefixes', () => {
  it.each([
    [
      'the default of the SDK: nothing to walk',
      `Record/${SDK_TEMPLATE}`,
      ['list Record/app1/MP4/s_j1_room001_user001'],
    ],
    ['the seed: three levels to walk', SEED_TEMPLATE, ['walk Record/', 'walk ', 'walk ', `list MP4/${STREAM}`]],
    ['no folder', SDK_TEMPLATE, [`list app1/MP4/${STREAM}`]],
    ['a level of which a part is known', '{app_id}-{record_type}/{stream}', ['walk app1-', `list ${STREAM}`]],
    ['something before the stream in its level', 'x/{file_start_time}_{stream}', ['list x/']],
    ['the stream first', 'Record/{stream}/{file_start_time}', [`list Record/${STREAM}`]],
    ['a variable named as a property of every object', '{constructor}/{stream}', ['walk ', `list ${STREAM}`]],
  ])('plans %s', (_, template, expected) => {
    const steps = searchPrefixes({ template, known });
    expect(steps?.map(({ kind, literal }) => `${kind} ${literal}`)).toEqual(expected);
  });

  it.each([
    ['the template does not name it', { template: '{app_id}/{record_format}/{file_start_time}', known }],
    ['its name is not known', { template: SDK_TEMPLATE, known: { app_id: 'app1' } }],
    ['its name is empty', { template: SDK_TEMPLATE, known: { stream: '' } }],
  ])('has no plan where %s', (_, stream) => {
    expect(searchPrefixes(stream)).toBeUndefined();
  });
});

describe('followSteps', () => {
  it('asks only for levels that fit, and finds only the stream', async () => {
    const mine = `Record/rtc/live/single/MP4/${STREAM}_2021/${STREAM}_2021.mp4`;
    const result = await search({ template: SEED_TEMPLATE, known }, [
      mine,
      mine.replaceAll(STREAM, 's_j2_room001_user001'),
      mine.replace('/MP4/', '/HLS/'),
      mine.replace('rtc', 'second').replace('single', 'other'),
      'Else/where.mp4',
    ]);
    expect(result.keys).toEqual([mine, mine.replace('rtc', 'second').replace('single', 'other')]);
    expect(result.asked).toEqual([
      'Record/',
      'Record/rtc/',
      'Record/second/',
      'Record/rtc/live/',
      'Record/second/live/',
    ]);
  });

  it('holds the known parts of a level against what is there', async () => {
    const result = await search({ template: '{x}.{app_id}.{y}/{stream}', known }, [
      `a.app1.b/${STREAM}.mp4`,
      `a.app2.b/${STREAM}.mp4`,
      `aXapp1Xb/${STREAM}.mp4`,
    ]);
    expect(result.keys).toEqual([`a.app1.b/${STREAM}.mp4`]);
  });

  it('holds what stands before the stream in its level against what is there', async () => {
    const result = await search({ template: 'x/{file_start_time}_{stream}', known }, [
      `x/2021_${STREAM}.mp4`,
      'x/2021_s_j2_room001_user001.mp4',
      `x/2021/_${STREAM}.mp4`,
    ]);
    expect(result.keys).toEqual([`x/2021_${STREAM}.mp4`]);
  });

  it('continues with no more folders than the limit, and says so', async () => {
    const bucket = bucketOf(
      Array.from({ length: 9 }, (_, index) => `Record/rtc${index}/live/single/MP4/${STREAM}.mp4`),
    );
    const steps = searchPrefixes({ template: SEED_TEMPLATE, known }) ?? [];
    const cuts: number[] = [];
    const onCut = (limit: number) => cuts.push(limit);
    expect(await followSteps(steps, bucket.listFolders, { limit: 3, onCut })).toHaveLength(3);
    expect(bucket.asked).toHaveLength(1 + 3 + 3);
    expect(await followSteps(steps, bucket.listFolders, { limit: 9, onCut })).toHaveLength(9);
    expect(cuts).toEqual([3]);
  });

  it('finds nothing, and ends, in an empty bucket', async () => {
    expect(await search({ template: SEED_TEMPLATE, known }, [])).toMatchObject({ prefixes: [], asked: ['Record/'] });
  });
});

describe('any template', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9_.+$^()[\]*?|\\-]{1,8}$/);
  const variable = fc.constantFrom(
    'app_id',
    'record_format',
    'publish_domain',
    'app',
    'record_type',
    'file_start_time',
    'x',
  );
  const piece = fc.oneof(
    name,
    variable.map((each) => `{${each}}`),
  );
  const level = fc.array(piece, { minLength: 1, maxLength: 3 }).map((pieces) => pieces.join(''));
  const levels = fc.array(level, { maxLength: 4 });
  const templates = fc
    .tuple(levels, level, level, levels)
    .map(([before, left, right, after]) => [...before, `${left}{stream}${right}`, ...after].join('/'));
  const values = fc.record({
    app_id: name,
    record_format: fc.constantFrom('MP4', 'HLS'),
    stream: fc.stringMatching(/^s_[A-Za-z0-9_-]{1,12}$/),
    publish_domain: name,
    app: name,
    record_type: name,
    file_start_time: name,
    x: name,
  });
  const folders = fc.oneof(
    fc.constant(''),
    name.map((each) => `${each}/`),
  );

  const expand = (template: string, by: Record<string, string>) =>
    template.replaceAll(/\{(\w+)\}/g, (_, each: string) => by[each] ?? '');

  it('leads to every object that is named by it, among others', async () => {
    await fc.assert(
      fc.asyncProperty(
        templates,
        folders,
        values,
        fc.array(values, { maxLength: 4 }),
        async (template, object, mine, others) => {
          const rooted = template.startsWith(object) ? template : object + template;
          const key = `${expand(rooted, mine)}.mp4`;
          const rest = others.map((other) => `${expand(rooted, other)}.mp4`);
          const { app_id, record_format, stream } = mine;
          const result = await search({ template: rooted, known: { app_id, record_format, stream } }, [key, ...rest]);
          expect(result.keys).toContain(key);
          // Whatever else is found names the stream as well.
          for (const found of result.keys) expect(found).toContain(stream);
          expect(learnedPrefix(key, stream)).toBe(key.slice(0, key.indexOf(stream) + stream.length));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('learnedPrefix', () => {
  it.each([
    [`Record/rtc/MP4/${STREAM}_2021/${STREAM}_2021.mp4`, STREAM, `Record/rtc/MP4/${STREAM}`],
    ['Record/someone/else.mp4', STREAM, undefined],
    ['Record/x.mp4', '', undefined],
  ])('of %s with %j is %s', (key, stream, expected) => {
    expect(learnedPrefix(key, stream)).toBe(expected);
  });
});
