import { InvalidArgumentError, Option, type Command } from 'commander';
import type { RecordedFile, Recording, RecordingStatus } from '../client.js';
import { ConfigurationError, loadObsConfig } from '../config.js';
import type { PresignedUrl } from '../huawei/obs.js';
import { withClient } from './connect.js';
import { moment } from './format.js';
import {
  note,
  print,
  readDuration,
  readReference,
  withReference,
  type OutputOptions,
  type ReferenceOptions,
} from './options.js';
import { fileTable } from './summary.js';

interface FilesOptions extends ReferenceOptions, OutputOptions {
  links?: boolean;
  expires: number;
  location?: string;
}

const DAY = 24 * 3_600_000;

/** The limit of the signature. */
const LONGEST_LINK = 7 * DAY;

/** An announced file has no size yet, and no bucket if its event named none. */
type ShownFile = RecordingStatus['files'][number] & Partial<RecordedFile>;

export function addFiles(program: Command): void {
  withReference(program.command('files'))
    .description('list the files of a recording: those in the bucket, or while it runs, those announced so far')
    .option('--links', 'print a link to each file: anyone who has the link can read the file until it expires')
    .addOption(
      new Option('--expires <duration>', 'how long the links are valid, up to "7 days"')
        .argParser(readLifetime)
        .default(3_600_000, '"1 hour"'),
    )
    .option('--location <region>', "the bucket's region; only needed if no worker is running")
    .addHelpText(
      'after',
      `
Links are signed with HW_ACCESS_KEY, HW_SECRET_KEY and perhaps HW_SECURITY_TOKEN, or with temporary keys of the user
in HW_USER_NAME, HW_USER_PASSWORD and HW_DOMAIN_NAME. A link expires with the keys that signed it. A link is a
secret: it is printed and not stored.

Examples:
  $ sparkrtc-recorder files --app rtctest --room room001 --user user001
  $ sparkrtc-recorder files --id recording:rtctest:room001:user001:camera --links --expires "10 minutes"`,
    )
    .action(files);
}

async function files(options: FilesOptions, command: Command): Promise<void> {
  const reference = readReference(options, command);
  // Fails before any request.
  const obs = options.links ? loadObsConfig() : undefined;
  const { found, place } = await withClient(async ({ recordings }) => {
    const recording = recordings.get(reference);
    const shown = await filesOf(recording);
    return {
      found: shown,
      place: obs && shown.length > 0 ? await locationOf(recording, options.location) : undefined,
    };
  });
  if (!obs || !place) return show(found, undefined, options);

  // Imported only here: the vendor's clients take long to load.
  const { presignAll } = await import('./links.js');
  const { location, bucket: usual = '' } = place;
  const requests = found.map(({ bucket = usual, object }) => ({
    ...{ bucket, object, location },
    lifetimeMs: options.expires,
  }));
  show(found, await presignAll(obs, requests), options);
}

async function filesOf(recording: Recording): Promise<ShownFile[]> {
  const result = await recording.resultIfOver();
  return result ? result.files : (await recording.status()).files;
}

/** Region and default bucket of the recording's files. */
export async function locationOf(
  recording: Recording,
  location: string | undefined,
): Promise<{ location: string; bucket?: string }> {
  if (location !== undefined) return { location };
  const { input } = await recording.status();
  if (input) return input.recordRule.obsAddr;
  throw new ConfigurationError('The region of the bucket is not known: give --location.');
}

function show(found: ShownFile[], links: PresignedUrl[] | undefined, options: FilesOptions): void {
  const withLink = (file: ShownFile, index: number) => {
    const link = links?.[index];
    return link ? { ...file, link: link.url, linkExpiresAt: link.expiresAt } : file;
  };
  print(options, found.map(withLink), () => {
    if (found.length === 0) return 'The recording has no files.';
    return [fileTable(found), ...(links ?? []).map(({ url }) => `\n${url}`)].join('\n');
  });
  if (links && found.length > 0 && !options.json) noteExpiry(found, links, options.expires);
}

function noteExpiry(found: ShownFile[], links: PresignedUrl[], expires: number): void {
  const first = new Date(Math.min(...links.map(({ expiresAt }) => expiresAt.getTime())));
  const shortened = first.getTime() < Date.now() + expires - 5_000;
  note(
    `\nAnyone who has a link can read the file. The links expire at ${moment(first)}` +
      `${shortened ? ', with the temporary keys that signed them' : ''}; the same command prints new ones.`,
  );
  if (found.some(({ format }) => format === 'HLS')) {
    note('A link to an HLS playlist covers the playlist only: its segments are objects of their own.');
  }
}

function readLifetime(text: string): number {
  const lifetime = readDuration(text);
  if (lifetime < 1_000 || lifetime > LONGEST_LINK)
    throw new InvalidArgumentError('Give a time from "1 second" to "7 days".');
  return lifetime;
}
