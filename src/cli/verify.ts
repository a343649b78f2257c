import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import type { RecordedFile } from '../client.js';
import { ConfigurationError, loadObsConfig } from '../config.js';
import { recordingManifestSchema } from '../contract/manifest.js';
import { decodeText } from '../givenText.js';
import { withClient } from './connect.js';
import { EXIT } from './errors.js';
import { locationOf } from './files.js';
import { bad, count, good, warn } from './format.js';
import { print, readReference, withReference, type OutputOptions, type ReferenceOptions } from './options.js';
import type { VerifiedFile } from './verifyFiles.js';

interface VerifyOptions extends ReferenceOptions, OutputOptions {
  manifest?: string;
  location?: string;
}

interface Recorded {
  files: RecordedFile[];
  fileCount: number;
  location: string;
}

export function addVerify(program: Command): void {
  withReference(program.command('verify'))
    .description('check that the files of a recording are in the bucket, are unchanged and can be played')
    .option('--manifest <file>', 'check the files of this manifest; needs no Temporal')
    .option('--location <region>', "the bucket's region; only needed if no worker is running")
    .addHelpText(
      'after',
      `
Reads the bucket with the credentials of a worker. A recording that is named by --id, or by --app, --room and --user,
must be known to Temporal; afterwards its manifest is needed (input "manifest": true).

Exit codes: 0 all files are there, unchanged and playable; 1 a file is not, or could not be read; 3 no such recording.

Examples:
  $ sparkrtc-recorder verify --app rtctest --room room001 --user user001
  $ sparkrtc-recorder verify --manifest s_job_room001_user001.recording.json`,
    )
    .action(verify);
}

async function verify(options: VerifyOptions, command: Command): Promise<void> {
  // Fails before any request.
  const config = loadObsConfig();
  const { files, fileCount, location } = await recordedFiles(options, command);
  // Imported only here: the vendor's clients take long to load.
  const [{ withObs }, { verifyFiles }] = await Promise.all([import('./obsClient.js'), import('./verifyFiles.js')]);
  const verified = await withObs(config, (obs) => verifyFiles(obs, location, files));
  const failed = verified.filter(({ problems }) => problems.length > 0).length;
  const left = fileCount - files.length;
  const ok = failed === 0 && left === 0;
  print(options, { ok, files: verified, unnamed: left }, () =>
    [
      ...verified.map(describe),
      ...(left > 0 ? [`${warn('!')} ${count(left, 'more file')}: the result does not name them`] : []),
      ok
        ? good(`${count(files.length, 'file')}: in the bucket, unchanged, playable.`)
        : bad(`${failed} of ${files.length} files failed.`),
    ].join('\n'),
  );
  process.exitCode = ok ? EXIT.success : EXIT.failed;
}

async function recordedFiles(options: VerifyOptions, command: Command): Promise<Recorded> {
  const { manifest, location } = options;
  if (manifest !== undefined) {
    const { input, result } = await readManifest(manifest);
    return { ...result, location: location ?? input.recordRule.obsAddr.location };
  }
  const reference = readReference(options, command);
  return withClient(async ({ recordings }) => {
    const recording = recordings.get(reference);
    const result = await recording.resultIfOver();
    if (!result) throw new ConfigurationError('The recording has not ended yet: verify it afterwards.');
    return { ...result, ...(await locationOf(recording, location)) };
  });
}

/** What is needed of the input: that of a later version may have fields that this one rejects. */
const readableManifestSchema = recordingManifestSchema.extend({
  input: z.object({ recordRule: z.object({ obsAddr: z.object({ location: z.string() }) }) }),
});

async function readManifest(path: string) {
  let text: string;
  try {
    text = decodeText(await readFile(path));
  } catch (error) {
    throw new ConfigurationError(`The manifest cannot be read: ${(error as Error).message}`);
  }
  try {
    return readableManifestSchema.parse(JSON.parse(text));
  } catch {
    throw new ConfigurationError(`${path} is not a manifest of a recording (schemas/recording-manifest.schema.json).`);
  }
}

function describe({ bucket, object, problems }: VerifiedFile): string {
  const place = `${bucket}/${object}`;
  return problems.length === 0 ? `${good('✓')} ${place}` : `${bad('✗')} ${place}: ${problems.join('; ')}`;
}
