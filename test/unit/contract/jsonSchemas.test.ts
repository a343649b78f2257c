import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { recordingInputSchema, recordingResultSchema } from '../../../src/client.js';
import { seedInput } from '../../support/given.js';
import { historyFiles } from '../../support/histories.js';
import { jsonSchemas, schemasDirectory } from '../../support/jsonSchemas.js';

let committed: Record<string, string>;
let fitsInput: ValidateFunction;
let fitsResult: ValidateFunction;

beforeAll(async () => {
  const names = await readdir(schemasDirectory);
  const texts = await Promise.all(names.map((name) => readFile(join(schemasDirectory, name), 'utf8')));
  committed = Object.fromEntries(names.map((name, index) => [name, texts[index]!]));
  const compile = (name: string) => new Ajv2020({ strict: true }).compile(JSON.parse(committed[name]!) as object);
  fitsInput = compile('recording-input.schema.json');
  fitsResult = compile('recording-result.schema.json');
});

it('schemas/ is what `npm run schemas` writes', async () => {
  const schemas = await jsonSchemas();
  expect(Object.keys(committed)).toEqual(Object.keys(schemas));
  for (const [name, text] of Object.entries(schemas))
    await expect(text).toMatchFileSnapshot(join(schemasDirectory, name));
});

/** What another program would send of it. */
const sent = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

describe('the JSON Schema of the input', () => {
  const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
  const count = fc.oneof(fc.nat({ max: 99 }).map(String), fc.constantFrom('1.5', '.5', '007', '0'));
  const unit = fc.mixedCase(
    fc.constantFrom('', 'ms', 'msec', 's', 'secs', 'second', 'm', 'mins', 'minutes', 'h', 'hr', 'hours', 'd', 'days'),
  );
  const duration = fc.oneof(
    fc.tuple(count, fc.constantFrom('', ' ', '   '), unit).map((parts) => parts.join('')),
    fc.double({ min: 0, max: 86_400_000, noNaN: true }),
  );
  const config = (cycle: fc.Arbitrary<number>) => ({
    recordCycle: cycle,
    recordPrefix: fc.string({ maxLength: 50, unit: 'grapheme' }).map((text) => `${text}{stream}`),
    recordMaxDurationToMergeFile: fc.integer({ min: 0, max: 300 }),
  });
  const input = fc.record(
    {
      appName: id,
      roomId: id,
      userId: id,
      recordRule: fc.record(
        {
          obsAddr: fc.record(
            {
              bucket: fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9.-]{2,62}$/),
              location: fc.stringMatching(/^[a-z0-9-]{1,64}$/),
              projectId: fc.stringMatching(/^[A-Za-z0-9]{1,64}$/),
              object: fc.string({ unit: 'grapheme', maxLength: 512 }),
            },
            { requiredKeys: ['bucket', 'location', 'projectId'] },
          ),
          recordFormats: fc.array(fc.constantFrom('MP4', 'HLS'), { minLength: 1, maxLength: 2 }),
          mp4Config: fc.record(config(fc.integer({ min: 60, max: 10_800 })), { requiredKeys: [] }),
          hlsConfig: fc.record(
            {
              ...config(fc.oneof(fc.constant(0), fc.integer({ min: 60, max: 43_200 }))),
              recordSliceDuration: fc.integer({ min: 2, max: 60 }),
            },
            { requiredKeys: [] },
          ),
        },
        { requiredKeys: ['obsAddr', 'recordFormats'] },
      ),
      videoType: fc.constantFrom('CAMERASTREAM', 'SCREENSTREAM'),
      isRecordAudio: fc.boolean(),
      maxIdleTime: fc.integer({ min: 4, max: 43_201 }),
      resolution: fc.stringMatching(/^\d{2,5}\*\d{2,5}$/),
      resolutionPolicy: fc.constantFrom('DOWNWARD', 'UPWARD'),
      selectStreamType: fc.constantFrom('LD', 'SD', 'HD', 'FHD'),
      waitForParticipant: fc.boolean(),
      maxDuration: fc.integer({ min: 999, max: 30 * 86_400_000 }),
      reconcileInterval: fc.constantFrom('1 second', '90s', '24 hours'),
      settleTimeout: fc.oneof({ weight: 4, arbitrary: duration }, { weight: 1, arbitrary: fc.string() }),
    },
    { requiredKeys: ['appName', 'roomId', 'userId', 'recordRule'] },
  );

  it('accepts whatever a recording can be started with', () => {
    let accepted = 0;
    fc.assert(
      fc.property(input, (any) => {
        const written = sent(any);
        if (!recordingInputSchema.safeParse(written).success) return;
        accepted++;
        expect(fitsInput(written), JSON.stringify(fitsInput.errors)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
    // Otherwise this would say nothing.
    expect(accepted).toBeGreaterThan(100);
  });

  const { recordRule } = seedInput;
  const { obsAddr } = recordRule;
  it.each<[string, unknown]>([
    ['null', null],
    ['a list', []],
    ['no room', { ...seedInput, roomId: undefined }],
    ['a path in the app', { ...seedInput, appName: 'a/../b' }],
    ['a user of 65 letters', { ...seedInput, userId: 'u'.repeat(65) }],
    ['an idle time below 5 s', { ...seedInput, maxIdleTime: 2 }],
    ['an idle time with a fraction', { ...seedInput, maxIdleTime: 30.5 }],
    ['an unknown video type', { ...seedInput, videoType: 'HOLOGRAM' }],
    ['an unknown field', { ...seedInput, surprise: 1 }],
    ['an unknown field deep inside', { ...seedInput, recordRule: { ...recordRule, obsAddr: { ...obsAddr, x: 1 } } }],
    ['no time', { ...seedInput, maxDuration: '10 bananas' }],
    ['an empty time', { ...seedInput, maxDuration: '' }],
    ['a negative time', { ...seedInput, settleTimeout: -1 }],
    ['a negative time in words', { ...seedInput, settleTimeout: '-5 minutes' }],
    ['half a second', { ...seedInput, maxDuration: 500 }],
    ['31 days', { ...seedInput, maxDuration: 31 * 86_400_000 }],
    ['no format', { ...seedInput, recordRule: { ...recordRule, recordFormats: [] } }],
    ['a cycle below a minute', { ...seedInput, recordRule: { ...recordRule, mp4Config: { recordCycle: 59 } } }],
    ['two ways to say the size', { ...seedInput, selectStreamType: 'FHD' }],
    [
      'two ways to say the size, one by halves',
      { ...seedInput, resolution: undefined, resolutionPolicy: 'UPWARD', selectStreamType: 'FHD' },
    ],
  ])('rejects %s, as the start does', (_what, wrong) => {
    const written = sent(wrong);
    expect(recordingInputSchema.safeParse(written).success).toBe(false);
    expect(fitsInput(written)).toBe(false);
  });
});

describe('the JSON Schema of the result', () => {
  it('accepts every result of the recorded histories', async () => {
    const results = await recordedResults();
    // All histories but those of a failure, a cancel, and a run that continued as new.
    expect(Object.keys(results)).toHaveLength(18);
    for (const [name, result] of Object.entries(results)) {
      expect(fitsResult(result), `${name}: ${JSON.stringify(fitsResult.errors)}`).toBe(true);
      // A field that the schema did not know would be gone.
      expect(recordingResultSchema.parse(result), name).toEqual(result);
    }
  });

  const result = {
    outcome: 'empty',
    endedBy: 'stop',
    files: [],
    fileCount: 0,
    totalSize: 0,
    warnings: [],
    parts: [],
    gaps: [],
  };
  it.each<[string, unknown]>([
    ['without files', { ...result, files: undefined }],
    ['of an unknown outcome', { ...result, outcome: 'lost' }],
    ['with a file that has no size', { ...result, files: [{ bucket: 'b', object: 'o', format: 'MP4' }] }],
    ['with a count below 0', { ...result, fileCount: -1 }],
  ])('rejects one %s', (_what, wrong) => {
    expect(fitsResult(result)).toBe(true);
    expect(recordingResultSchema.safeParse(sent(wrong)).success).toBe(false);
    expect(fitsResult(sent(wrong))).toBe(false);
  });

  it('lets fields of a later version pass', () => {
    expect(fitsResult({ ...result, later: 1 })).toBe(true);
  });
});

/** The results in test/histories, by scenario. */
async function recordedResults(): Promise<Record<string, unknown>> {
  interface LastEvent {
    workflowExecutionCompletedEventAttributes?: { result: { payloads: [{ data: string }] } };
  }
  const results: Record<string, unknown> = {};
  for (const { name, path } of historyFiles()) {
    const { events } = JSON.parse(await readFile(path, 'utf8')) as { events: LastEvent[] };
    const payload = events.at(-1)?.workflowExecutionCompletedEventAttributes?.result.payloads[0];
    if (payload) results[name] = JSON.parse(Buffer.from(payload.data, 'base64').toString('utf8')) as unknown;
  }
  return results;
}
